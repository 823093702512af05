use arrow_schema::DataType;
use datus_store::plan::{Fill, Step};
use datus_store::{Drift, ErrorKind, Store};

use super::{memory, upgrade};
use crate::support::models::Toy;

mod v1 {
    #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
    #[datus(table = "cities")]
    pub(super) struct City {
        #[datus(key)]
        pub(super) name: String,
        pub(super) people: i64,
        pub(super) mayor: Option<String>,
        #[datus(embed(metric = l2))]
        pub(super) about: String,
    }
}

/// More columns, different nullability, and different metadata.
mod v2 {
    /// A place with people.
    #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
    #[datus(table = "cities", metadata("team" = "maps"))]
    pub(super) struct City {
        pub(super) place: Option<Place>,
        #[datus(key)]
        pub(super) name: String,
        /// When they were last counted.
        pub(super) people: Option<i64>,
        pub(super) mayor: String,
        pub(super) twins: Option<Vec<String>>,
        #[datus(default = 7)]
        pub(super) rank: u16,
        #[datus(embed(metric = dot))]
        pub(super) about: String,
    }

    #[derive(Debug, Clone, PartialEq, datus_store::ColumnStruct)]
    pub(super) struct Place {
        pub(super) latitude: f64,
        pub(super) river: Option<String>,
    }
}

fn old(name: &str, mayor: Option<&str>) -> v1::City {
    let (name, mayor) = (name.to_owned(), mayor.map(str::to_owned));
    v1::City { name, people: 5, mayor, about: "1 2 3".to_owned() }
}

fn new(name: &str, mayor: &str) -> v2::City {
    let (name, mayor, about) = (name.to_owned(), mayor.to_owned(), "1 2 3".to_owned());
    v2::City { place: None, name, people: Some(5), mayor, twins: None, rank: 7, about }
}

#[tokio::test]
async fn columns_are_added_and_nulls_are_allowed_and_forbidden() {
    let db = memory().await;
    let before: Store<v1::City> = db.store(Toy::new()).await.unwrap();
    before.add([old("Oslo", Some("Anne")), old("Gone", Some("None"))]).await.unwrap();
    before.add([old("Bergen", Some("Marit"))]).await.unwrap();
    assert_eq!(before.delete().filter(|t| t.name.eq("Gone")).await.unwrap(), 1);
    let version = before.version().await.unwrap();

    let (store, plan) = upgrade::<v2::City>(&db, Toy::new()).await;
    // The steps change nullability, add columns with and without values, and change the metadata of columns and of the
    // table.
    assert_eq!(store.version().await.unwrap(), version + 5, "{plan}");
    let filled = |wanted: &str| {
        plan.steps().iter().find_map(|step| match step {
            Step::AddColumn { column, fill, .. } if column == wanted => Some(*fill),
            _ => None,
        })
    };
    assert_eq!(
        [filled("place"), filled("twins"), filled("rank")],
        [Some(Fill::Nulls), Some(Fill::Nulls), Some(Fill::Default)]
    );
    let has = |wanted: fn(&Step) -> bool| plan.steps().iter().any(wanted);
    assert!(has(|step| matches!(step, Step::AllowNulls { column, .. } if column == "people")), "{plan}");
    assert!(has(|step| matches!(step, Step::ForbidNulls { column, nulls: 0, .. } if column == "mayor")));
    assert!(has(|step| matches!(step, Step::SetMetric { column, .. } if column == "vector")));

    let mut cities: Vec<v2::City> = store.search_all().order_by(|t| t.name.asc()).await.unwrap();
    assert_eq!(cities, [new("Bergen", "Marit"), new("Oslo", "Anne")]);

    let place = v2::Place { latitude: 59.9, river: Some("Akerselva".to_owned()) };
    let twins = Some(vec!["Rotterdam".to_owned()]);
    cities[1] = v2::City { place: Some(place), people: None, twins, rank: 1, ..cities[1].clone() };
    cities.push(new("Tromsø", "Gunnar"));
    let upserted = store.upsert(&cities).await.unwrap();
    assert_eq!((upserted.inserted, upserted.updated, upserted.unchanged), (1, 1, 1));
    // All rows have the same text.
    assert_eq!((upserted.embedded, upserted.reused), (0, 2));
    assert_eq!(store.search_all().order_by(|t| t.name.asc()).await.unwrap(), cities);
    assert_eq!(store.search("1 2 3").await.unwrap().len(), 3);

    let schema = store.schema().await.unwrap();
    let description = |column: &str| {
        schema.field_with_name(column).unwrap().metadata().get("description").map(String::as_str)
    };
    assert_eq!(description("people"), Some("When they were last counted."));
    assert_eq!(schema.metadata().get("description").map(String::as_str), Some("A place with people."));
    assert_eq!(schema.metadata().get("team").map(String::as_str), Some("maps"));
    let nullable = |column: &str| schema.field_with_name(column).unwrap().is_nullable();
    assert_eq!(["place", "people", "mayor", "rank"].map(nullable), [true, true, false, false]);
}

mod required {
    #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
    #[datus(table = "cities")]
    pub(super) struct City {
        #[datus(key)]
        pub(super) name: String,
        pub(super) people: i64,
        pub(super) mayor: Option<String>,
        pub(super) area: u32,
        #[datus(embed(metric = l2))]
        pub(super) about: String,
    }
}

#[tokio::test]
async fn a_column_without_a_value_is_added_to_an_empty_table() {
    let db = memory().await;
    let before: Store<v1::City> = db.store(Toy::new()).await.unwrap();
    before.add([old("Oslo", None)]).await.unwrap();
    let plan = db.plan::<required::City>(Toy::new()).await.unwrap();
    let [Step::AddColumn { data_type: DataType::UInt32, fill: Fill::Nothing { rows: 1 }, .. }] = plan.steps()
    else {
        panic!("{plan}")
    };
    let error = db.store::<required::City>(Toy::new()).drift(Drift::ApplySafe).await.unwrap_err();
    assert!(error.help().unwrap().contains("`#[datus(default)]`"), "{error}");

    before.delete().all_rows().await.unwrap();
    let (store, _) = upgrade::<required::City>(&db, Toy::new()).await;
    let (name, about) = ("Oslo".to_owned(), "1 2 3".to_owned());
    let city = required::City { name, people: 1, mayor: None, area: 454, about };
    store.add(std::slice::from_ref(&city)).await.unwrap();
    assert_eq!(store.search_all().await.unwrap(), [city]);
}

mod numbered {
    #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
    #[datus(table = "cities", schema_version = 4)]
    pub(super) struct City {
        #[datus(key)]
        pub(super) name: String,
        pub(super) people: i64,
        pub(super) mayor: Option<String>,
        #[datus(embed(metric = l2))]
        pub(super) about: String,
    }
}

#[tokio::test]
async fn the_version_is_raised_and_an_older_program_is_refused() {
    let db = memory().await;
    let before: Store<v1::City> = db.store(Toy::new()).await.unwrap();
    before.add([old("Oslo", None)]).await.unwrap();
    let error = db.store::<numbered::City>(Toy::new()).await.unwrap_err();
    assert!(error.help().unwrap().contains("`.drift(Drift::ApplySafe)`"), "{error}");

    let (store, plan) = upgrade::<numbered::City>(&db, Toy::new()).await;
    assert_eq!(plan.steps(), [Step::RaiseVersion { from: 0, to: 4 }]);
    let (name, about) = ("Bergen".to_owned(), "1 2 3".to_owned());
    store.add([numbered::City { name, people: 9, mayor: None, about }]).await.unwrap();

    let version = store.version().await.unwrap();
    let errors = [
        db.plan::<v1::City>(Toy::new()).await.unwrap_err(),
        db.store::<v1::City>(Toy::new()).await.unwrap_err(),
        db.store::<v1::City>(Toy::new()).drift(Drift::ApplySafe).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!((error.kind(), error.table()), (ErrorKind::SchemaMismatch, Some("cities")));
        assert!(error.message().contains("this program is older than the table"), "{error}");
        assert_eq!(error.differences().len(), 1);
    }
    assert_eq!(store.version().await.unwrap(), version);
}
