//! Reads one page of `search_all`, from the version of the table that the first page read.

use crate::backend::Table;
use crate::error::{Error, ErrorKind, Result};
use crate::query::{Cursor, PageBatches, PageSpec, QueryMark, QuerySpec};
use crate::store::core::Core;

/// The remedy for a cursor that can no longer be used.
const FIRST_PAGE: &str = "start again from the first page, without a cursor";

impl Core {
    pub(in crate::store) async fn read_page(&self, spec: QuerySpec, page: PageSpec) -> Result<PageBatches> {
        check(&spec, page)?;
        let query = QueryMark::of(self.table.database(), self.table_name(), &spec);
        let Some(cursor) = page.after else {
            self.table.check_holds_versions()?;
            let snapshot = self.snapshot(spec.vectors).await?;
            return self.page_of(&snapshot.table, spec, page, query).await;
        };
        cursor.check(query)?;
        self.snapshot(false).await?;
        match self.page_after(&cursor, spec, page, query).await {
            // The manifest may be cached even though the files of the version are gone, so any read can fail, not only the
            // first one.
            Err(error) if is_of_the_engine(&error) && self.is_version_removed(&cursor).await => {
                Err(removed(&cursor).with_source(error))
            }
            result => result,
        }
    }

    async fn page_after(
        &self,
        cursor: &Cursor,
        spec: QuerySpec,
        page: PageSpec,
        query: QueryMark,
    ) -> Result<PageBatches> {
        let table = self.table.pinned(cursor.revision().version).await?;
        if table.revision().await? != cursor.revision() {
            // The cursor's table was dropped, and a new table with the same name was created.
            return Err(removed(cursor));
        }
        self.check_version(&table, spec.vectors).await?;
        self.page_of(&table, spec, page, query).await
    }

    async fn page_of(
        &self,
        table: &Table,
        spec: QuerySpec,
        page: PageSpec,
        query: QueryMark,
    ) -> Result<PageBatches> {
        let revision = table.revision().await?;
        let after = page.after.as_ref().map(Cursor::row);
        let request = self.rows_of(spec);
        let rows = table.page(request, page.rows, after).await?;
        let next = rows.last.map(|row| Cursor::new(query, revision, row));
        Ok(PageBatches { batches: rows.batches, next })
    }

    /// Checks that an older version of the table matches the record, and that its vectors match the models.
    async fn check_version(&self, table: &Table, vectors: bool) -> Result<()> {
        let schema = table.schema().await?;
        for path in &self.columns {
            let name = path.root();
            let (now, then) = (self.opened.field_with_name(name), schema.field_with_name(name));
            if now.ok().map(|field| field.data_type()) != then.ok().map(|field| field.data_type()) {
                let message = "the column was added or changed after the cursor was created";
                return Err(Error::new(ErrorKind::Expired, message).with_help(FIRST_PAGE).with_column(name));
            }
        }
        if vectors && let Err(error) = self.check_models_of(&schema) {
            let message = "the table was re-embedded after the cursor was created";
            return Err(Error::new(ErrorKind::Expired, message).with_help(FIRST_PAGE).with_source(error));
        }
        Ok(())
    }

    async fn is_version_removed(&self, cursor: &Cursor) -> bool {
        matches!(self.table.has_version(cursor.revision().version).await, Ok(false))
    }
}

/// Returns `true` if a removed version of the table may be the cause of the error.
fn is_of_the_engine(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Engine | ErrorKind::Expired)
}

fn removed(cursor: &Cursor) -> Error {
    let version = cursor.revision().version;
    let message = format!("version {version} of the table, which the cursor reads, was removed");
    Error::new(ErrorKind::Expired, message)
        .with_help("start again from the first page, without a cursor, and keep old versions for as long as cursors are in use")
}

fn check(spec: &QuerySpec, page: PageSpec) -> Result<()> {
    let (message, help) = if page.rows == 0 {
        ("a page must have at least one row", "request one row or more")
    } else if spec.limit.is_some() {
        (
            "a query for a page cannot have a limit, because a page has its own number of rows",
            "write `.page(rows)` without `.limit`",
        )
    } else if spec.offset > 0 {
        (
            "a query for a page cannot have an offset, because a page begins after its cursor",
            "write `.page(rows)` without `.offset`",
        )
    } else if spec.limit_per.is_some() {
        (
            "a query for a page cannot have a limit for each value",
            "use `.limit_per` with `.limit` and `.offset` instead of `.page`",
        )
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::InvalidInput, message).with_help(help))
}
