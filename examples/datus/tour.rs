//! Runs each method of Datus's stores on the sample. The table in `README.md` lists the expressions in this file.

use datus_modules::bootstrap::{load_document, load_sample};
use datus_modules::document::Chunk;
use datus_modules::knowledge::Knowledge;
use datus_modules::metric::{Metric, MetricFilter, move_subject};
use datus_modules::reference_sql::ReferenceSql;
use datus_modules::schema::{TableSchema, TableSchemaFilter, TableType, best_of_each_schema, named};
use datus_modules::{Filters, Modules, under};
use datus_store::{BoxError, ErrorKind, Result, ScopedStore};
use serde_json::json;

/// Fills the stores with the sample, and runs the methods of each module.
pub(crate) async fn run(modules: &Modules) -> std::result::Result<(), BoxError> {
    load_sample(modules).await?;
    let retail = modules.datasource("retail");
    let question = "Why do customers send goods back?";
    let filters =
        json!({ "tables": { "row_count": { "ge": 1 } }, "metrics": { "subject_path": "Sales/Returns" } });
    let filters: Filters = serde_json::from_value(filters)?;
    println!("{question}");
    let found = retail.search(question, filters, 3).await?;
    crate::print(&found);
    assert_eq!(found.tables[0].record.table_name, "returned_goods");
    assert_eq!(found.metrics.len(), 1);

    schema(&retail.tables).await?;
    metrics(&retail.metrics).await?;
    reference_sql(&retail.reference_sql).await?;
    documents(&retail.documents).await?;
    knowledge(&retail.knowledge).await?;
    scopes(modules).await?;

    // Editing one section embeds one text. The other sections keep their vectors.
    let manual = include_str!("sample/shop/1.0/manual.md").replace("within 30 days", "within 60 days");
    let synced = load_document(&retail, "shop/1.0/manual.md", &manual).await?;
    assert_eq!((synced.inserted, synced.deleted, synced.unchanged, synced.embedded), (1, 1, 4, 1));

    println!("\nrows by data source: {:?}", modules.datasources().await?);
    println!("rows of retail: {:?}", retail.counts().await?);
    println!("deleted from retail: {}", retail.delete_all().await?);
    assert_eq!(modules.datasources().await?.len(), 1);
    Ok(())
}

async fn schema(tables: &ScopedStore<TableSchema>) -> Result<()> {
    let question = "Which customers returned goods, and why?";
    let filter = || TableSchemaFilter { table_type: Some(TableType::Table.into()), ..Default::default() };

    let hits = tables.vector(|v| v.definition).search(question).database_name("retail").limit(5).await?;
    assert_eq!(hits[0].record.table_name, "returned_goods");
    let hits = tables.vector(|v| v.definition).search(question).hybrid().matching(filter()).limit(5).await?;
    assert_eq!(hits[0].record.table_name, "returned_goods");
    let hits = tables.vector(|v| v.sample_rows).search("Pinewood, Mill Lane").limit(5).await?;
    assert_eq!(hits[0].record.table_name, "shops");
    let best = best_of_each_schema(tables, question, filter(), 3).await?;
    assert_eq!(best.len(), 3);

    let names = ["table_name", "definition"];
    let rows = tables.search_all().matching(filter()).select_columns(names)?.json().await?;
    assert_eq!(rows.len(), 13);
    let schemas = tables.search_all().select(|t| t.schema_name).distinct().await?;
    assert!(schemas.contains("main"));
    let orders = tables.search_all().matching(named("main.orders")).await?;
    assert_eq!(orders[0].identifier, "sqlite.retail.main.orders");
    let several = tables.search_all().matching(named("retail.main.orders, main.shop*")).await?;
    assert_eq!(several.len(), 3);
    let visible = tables.view(|_| named("retail.main.order*, main.products"));
    assert_eq!(visible.search_all().count().await?, 3);

    assert_eq!(tables.count().await?, 15);
    assert_eq!(tables.search_all().filter(|t| t.sample_rows.is_not_null()).count().await?, 13);
    let filter = TableSchemaFilter { table_name: Some("shop_assistants".into()), ..filter() };
    assert_eq!(tables.delete().filter(|_| filter).await?, 1);
    Ok(())
}

async fn metrics(metrics: &ScopedStore<Metric>) -> Result<()> {
    let (question, path) = ("How much did we earn?", "metrics/sales.yml");
    let hits = metrics.search(question).filter(|t| under(t.subject_path, "Sales")).limit(5).await?;
    assert_eq!(hits.len(), 3);
    let hits = metrics.search_text(|t| t.name.boost(3.0).with(t.description).matches("reorder")).await?;
    assert_eq!(hits[0].record.name, "products_below_reorder_point");
    let filter = MetricFilter { dimensions: Some(vec!["month".to_owned()].into()), ..Default::default() };
    assert_eq!(metrics.search_all().matching(filter).await?.len(), 2);
    let rows = metrics.search_all().semantic_model_name("orders").await?;
    assert_eq!(rows.len(), 2);
    assert_eq!(metrics.search_all().subject_path("Sales/Revenue").await?.len(), 2);
    assert_eq!(metrics.count().await?, 4);
    let detail = metrics.get("revenue").await?;
    assert!(detail.is_some_and(|metric| metric.subject_path == "Sales/Revenue"));
    let subjects = metrics.search_all().select(|t| t.subject_path).distinct().await?;
    assert_eq!(subjects.len(), 3);

    // One file is loaded again, without one of its metrics, and with different text for another.
    let mut rows = metrics.search_all().yaml_path(path).await?;
    rows.retain(|row| row.name == "revenue");
    rows[0].description.push_str(" of any kind");
    let synced = metrics.sync(&rows).within(|t| t.yaml_path.eq(path)).await?;
    assert_eq!((synced.updated, synced.deleted, synced.embedded), (1, 1, 1));
    let paths = metrics.search_all().select(|t| t.yaml_path).distinct().await?;
    assert_eq!(paths.len(), 3);

    assert_eq!(metrics.upsert(&rows).await?.unchanged, 1);
    assert_eq!(move_subject(metrics, "Sales", "Commerce").await?, 2);
    let updated =
        metrics.update().filter(|t| t.name.eq("revenue")).set(|t| t.description, "Money earned").await?;
    assert_eq!((updated.rows, updated.embedded), (1, 1));
    assert_eq!(metrics.delete().filter(|t| t.name.eq("refund_rate")).await?, 1);
    assert_eq!(metrics.delete().filter(|t| t.yaml_path.eq(path)).await?, 1);
    assert_eq!(metrics.add(rows).await?.rows, 1);
    Ok(())
}

async fn reference_sql(sql: &ScopedStore<ReferenceSql>) -> Result<()> {
    let question = "Why do customers return goods?";
    let hits = sql.search(question).filter(|t| under(t.subject_path, "Sales")).limit(5).await?;
    assert_eq!(hits[0].record.name, "returns_by_reason");
    let hits = sql.search("refund_amount").full_text().await?;
    assert_eq!(hits[0].record.name, "returns_by_reason");
    let rows = sql.search_all().filter(|t| under(t.subject_path, "Sales")).await?;
    assert_eq!(rows.len(), 2);
    assert_eq!(sql.upsert(rows).await?.unchanged, 2);
    assert_eq!(sql.count().await?, 3);
    assert_eq!(sql.search_all().filter(|t| t.filepath.contains("reports/")).await?.len(), 2);
    assert_eq!(sql.search_all().filter(|t| t.tags.contains("monthly")).await?.len(), 2);
    assert!(sql.get("8c1f").await?.is_some());
    let detail = sql.search_all().subject_path("Sales/Returns").name("returns_by_reason").first().await?;
    assert!(detail.is_some());
    let taxonomy = sql.search_all().count_by(|t| t.subject_path).await?;
    assert_eq!(taxonomy.len(), 3);
    let renamed = sql.update().filter(|t| t.id.eq("8c1f")).set(|t| t.name, "monthly_revenue").await?;
    assert_eq!((renamed.rows, renamed.embedded), (1, 0));
    assert_eq!(sql.delete().filter(|t| t.id.eq("77d0")).await?, 1);
    Ok(())
}

async fn documents(documents: &ScopedStore<Chunk>) -> Result<()> {
    let question = "What do I do with a broken tent?";
    let hits = documents.search(question).platform("shop").version("1.0").limit(10).await?;
    assert_eq!(hits[0].record.hierarchy, "Shop manual > Returns > Damaged goods");
    let prefix = "Shop manual > Returns";
    let hits = documents.search(question).filter(|t| t.hierarchy.starts_with(prefix)).limit(10).await?;
    assert_eq!(hits.len(), 2);
    let hits = documents.search(question).limit_per(|t| t.doc_path, 1).await?;
    assert_eq!(hits.len(), 1);
    let chunks =
        documents.search_all().doc_path("shop/1.0/manual.md").order_by(|t| t.chunk_index.asc()).await?;
    assert_eq!(chunks.len(), 5);
    let platforms = documents.search_all().count_by(|t| (t.platform, t.version)).await?;
    assert_eq!(platforms, [(("shop".to_owned(), "1.0".to_owned()), 5)]);
    let paths = documents.search_all().platform("shop").count_by(|t| t.doc_path).await?;
    assert_eq!(paths.len(), 1);
    assert!(documents.search_all().platform("shop").max(|t| t.updated_at).await?.is_some());
    assert_eq!(documents.delete().filter(|t| t.platform.eq("duckdb").and(t.version.eq("1.0"))).await?, 0);
    Ok(())
}

async fn knowledge(knowledge: &ScopedStore<Knowledge>) -> Result<()> {
    let question = "When does the fiscal year start?";
    let hits = knowledge.search(question).filter(|t| under(t.subject_path, "Sales")).limit(5).await?;
    assert_eq!(hits[0].record.name, "fiscal year");
    let rows = knowledge.search_all().filter(|t| under(t.subject_path, "Sales/Revenue")).await?;
    assert_eq!(rows.len(), 2);
    let mut detail = knowledge.get(("Sales/Revenue", "fiscal year")).await?;
    assert!(detail.is_some());
    if let Some(row) = &mut detail {
        row.explanation = "The fiscal year starts on 1 March.".to_owned();
    }
    assert_eq!(knowledge.upsert(detail).await?.updated, 1);
    let subjects = knowledge.search_all().select(|t| t.subject_path).distinct().await?;
    assert_eq!(subjects.len(), 2);
    let batch = knowledge.search_all().filter(|t| t.name.is_in(["fiscal year", "gold customer"])).await?;
    assert_eq!(batch.len(), 2);
    assert_eq!(knowledge.count().await?, 3);
    assert_eq!(knowledge.delete().filter(|t| t.name.eq("changed mind")).await?, 1);
    Ok(())
}

/// Checks that a data source sees and changes only its own rows.
async fn scopes(modules: &Modules) -> Result<()> {
    let (retail, hospital) = (modules.datasource("retail"), modules.datasource("hospital"));
    assert!(retail.tables.search_all().matching(named("patients")).first().await?.is_none());
    let patients = hospital.tables.search_all().matching(named("patients")).await?;
    let error = retail.tables.upsert(&patients).await.err();
    assert!(error.is_some_and(|error| error.kind() == ErrorKind::InvalidInput));
    Ok(())
}
