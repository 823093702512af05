//! Connections through a namespace, and the tables in it.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchIterator};
use arrow_schema::SchemaRef;
use lance::dataset::{ReadParams, WriteParams};
use lancedb::Table as LanceTable;
use lancedb::table::NativeTable;

use super::{CREATIONS, ConnectOptions, Connection, existing, locks_at, replaced, storage_parameters};
use crate::backend::Table;
use crate::backend::commit::following;
use crate::backend::error::convert;
use crate::backend::namespace::{CheckedAddress, DescribedTable, Namespace, NamespaceAddress};
use crate::error::Result;

impl Connection {
    /// Connects to the tables in a namespace, and creates the namespace if it does not exist.
    pub(crate) async fn open_namespace(address: NamespaceAddress, options: ConnectOptions) -> Result<Self> {
        let address = CheckedAddress::new(address, &options.storage)?;
        let locks = locks_at(&address.location, &options).await;
        let connected = Namespace::connect(&address, options.read_consistency, options.locks()).await;
        let CheckedAddress { location, created, storage, .. } = address;
        match connected {
            Ok((connection, namespace)) => {
                let options = ConnectOptions { storage, ..options };
                let storage = Arc::new(storage_parameters(&options.storage));
                let connection = Self::new(connection, locks, location, Some(Arc::new(namespace)), &options);
                Ok(Self { storage, ..connection })
            }
            Err(error) => {
                created.undo();
                Err(error)
            }
        }
    }

    /// Opens a table in a namespace. Returns `None` if it does not exist.
    pub(super) async fn open_in_namespace(&self, namespace: &Namespace, name: &str) -> Result<Option<Table>> {
        for _ in 0..CREATIONS {
            let Some(described) = namespace.describe(name).await? else { return Ok(None) };
            let site = namespace.site(name, &described)?;
            let drops = site.drops()?;
            let Some(table) = self.open_described(namespace, name, &described).await? else {
                return Ok(None);
            };
            // lancedb queries the namespace again, and another connection may have replaced the table in the meantime.
            let uri = match table.dataset() {
                Some(dataset) => dataset.get().await.map_err(convert)?.uri().trim_end_matches('/').to_owned(),
                None => String::new(),
            };
            if uri == described.location() {
                return Ok(Some(self.table(table, site, drops)));
            }
        }
        Err(replaced())
    }

    /// Opens a table that the namespace described. Returns `None` if it has no version.
    pub(in crate::backend) async fn open_described(
        &self,
        namespace: &Namespace,
        name: &str,
        described: &DescribedTable,
    ) -> Result<Option<LanceTable>> {
        let files = namespace.files(name, described, &self.storage).await?;
        let params = ReadParams {
            commit_handler: Some(files.commits),
            store_options: files.storage,
            ..ReadParams::default()
        };
        let open = self.connection.open_table(name).namespace(namespace.path()).lance_read_params(params);
        existing(Box::pin(open.execute()).await)
    }

    /// Creates a table in a namespace. If the namespace manages versions, lancedb itself would commit without the commit
    /// handler.
    pub(super) async fn create_in_namespace(
        &self,
        namespace: &Namespace,
        name: &str,
        schema: SchemaRef,
    ) -> Result<Option<Table>> {
        let described = namespace.declare(name).await?;
        // Fails before anything is written if the table is in a folder on another machine.
        namespace.site(name, &described)?;
        let files = namespace.files(name, &described, &self.storage).await?;
        let parameters = WriteParams {
            commit_handler: Some(files.commits),
            store_params: files.storage,
            ..WriteParams::default()
        };
        let rows = RecordBatchIterator::new([Ok(RecordBatch::new_empty(Arc::clone(&schema)))], schema);
        let create = NativeTable::create(
            described.location(),
            name,
            namespace.path(),
            rows,
            None,
            Some(parameters),
            None,
            None,
            HashSet::new(),
        );
        following(0, Box::pin(create)).await?;
        self.open_table(name).await
    }
}
