use datus_store::EmbeddingRecord;

#[test]
fn older_names_are_in_the_definition() {
    #[derive(EmbeddingRecord)]
    struct Customer {
        #[datus(rename_from = "uid", rename_from = "User Id")]
        id: i64,
        #[datus(embed, rename_from = "name", rename = "fullName")]
        name: String,
        city: String,
    }

    let definition = Customer::definition();
    let names: Vec<_> = definition.fields.iter().map(|field| (field.name, field.renamed_from)).collect();
    assert_eq!(names, [("id", &["uid", "User Id"][..]), ("fullName", &["name"][..]), ("city", &[][..]),]);
    let customer = Customer { id: 1, name: "Ann".to_owned(), city: "Oslo".to_owned() };
    assert_eq!((customer.id, customer.name.len(), customer.city.len()), (1, 3, 4));
}
