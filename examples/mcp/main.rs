//! The Datus modules as tools for a language model: a Model Context Protocol server, over stdio or HTTP.
//!
//! The server is started for one data source. No tool argument can reach the rows of another data source.
#![expect(clippy::print_stdout, reason = "an example prints its results")]

mod check;
mod server;

use std::process::ExitCode;
use std::sync::Arc;

use axum::Router;
use datus_modules::{Modules, bootstrap};
use datus_store::{BoxError, Database, model::HashingModel};
use rmcp::ServiceExt;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService, stdio_pipes};
use tokio::net::TcpListener;

use crate::server::Server;

const USAGE: &str = "\
usage: mcp SOURCE [--http ADDRESS] [--database FOLDER]   serve a data source of the sample, or of a database
       mcp check                                         start servers, and call their tools";

/// The command-line arguments.
struct Options<'a> {
    source: &'a str,
    address: Option<&'a str>,
    database: Option<&'a str>,
}

impl<'a> Options<'a> {
    fn read(arguments: &'a [String]) -> Option<Self> {
        let (source, mut rest) = arguments.split_first().filter(|(source, _)| !source.starts_with('-'))?;
        let mut options = Self { source, address: None, database: None };
        while let [name, value, others @ ..] = rest {
            match name.as_str() {
                "--http" => options.address = Some(value),
                "--database" => options.database = Some(value),
                _ => return None,
            }
            rest = others;
        }
        rest.is_empty().then_some(options)
    }
}

#[tokio::main]
async fn main() -> Result<ExitCode, BoxError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match Options::read(&arguments) {
        None => {
            eprintln!("{USAGE}");
            return Ok(ExitCode::from(2));
        }
        Some(Options { source: "check", .. }) => check::run().await?,
        Some(options) => serve(options).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn serve(Options { source, address, database }: Options<'_>) -> Result<(), BoxError> {
    let db = Database::connect(database.unwrap_or("memory://")).await?;
    let modules = Modules::open(&db, HashingModel::new(1024)).await?;
    match database {
        Some(_) => modules.create_indexes().await?,
        None => bootstrap::load_sample(&modules).await?,
    }
    let server = Server::new(&modules.datasource(source)).await?;
    match address {
        Some(address) => serve_http(server, address).await,
        None => serve_stdio(server).await,
    }
}

/// Reads requests from standard input until it is closed. Standard output is reserved for the protocol.
async fn serve_stdio(server: Server) -> Result<(), BoxError> {
    server.serve(stdio_pipes()).await?.waiting().await?;
    Ok(())
}

async fn serve_http(server: Server, address: &str) -> Result<(), BoxError> {
    let sessions = Arc::new(LocalSessionManager::default());
    // The default settings accept only requests to this machine.
    let settings = StreamableHttpServerConfig::default();
    let service = StreamableHttpService::new(move || Ok(server.clone()), sessions, settings);
    let listener = TcpListener::bind(address).await?;
    println!("http://{}/mcp", listener.local_addr()?);
    Ok(axum::serve(listener, Router::new().nest_service("/mcp", service)).await?)
}
