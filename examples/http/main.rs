//! A web service over the Datus modules. The data source comes from a header, and never from the query or the body.
//!
//! | request | returns |
//! |---|---|
//! | `GET /tables?row_count[ge]=10&rows=20&after=CURSOR` | a page of tables, and the cursor for the next page |
//! | `POST /tables/search` with `{"question": …, "filter": …, "limit": …}` | the best tables, with their scores and matches |
//! | `GET /tables/ID`, `GET /tables/ID/similar` | one table, similar tables |
//! | `GET /tables/counts?table_type=view` | the number of tables of each database and type |
//! | `PUT /tables` with a list of tables | the number of inserted, updated and unchanged tables |
//! | `DELETE /tables?database_name=shop` | the number of deleted tables |
//! | `GET /search?question=…` | the best rows of each module |
#![expect(clippy::print_stdout, reason = "an example prints its results")]

mod api;
mod check;
mod error;

use std::process::ExitCode;

use datus_modules::{Modules, bootstrap};
use datus_store::{BoxError, Database, model::HashingModel};
use tokio::net::TcpListener;

const USAGE: &str = "\
usage: http [ADDRESS]             serve the sample, at 127.0.0.1:3000 by default
       http ADDRESS DATABASE      serve a database that the example `datus` filled
       http check                 start servers, and send requests that succeed and fail";

#[tokio::main]
async fn main() -> Result<ExitCode, BoxError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (address, database) = match arguments.as_slice() {
        ["check"] => return check::run().await.map(|()| ExitCode::SUCCESS),
        [] => ("127.0.0.1:3000", None),
        [address] if !address.starts_with('-') => (*address, None),
        [address, database] => (*address, Some(*database)),
        _ => {
            eprintln!("{USAGE}");
            return Ok(ExitCode::from(2));
        }
    };
    let db = Database::connect(database.unwrap_or("memory://")).await?;
    let modules = Modules::open(&db, HashingModel::new(1024)).await?;
    match database {
        Some(_) => modules.create_indexes().await?,
        None => bootstrap::load_sample(&modules).await?,
    }
    let listener = TcpListener::bind(address).await?;
    println!("curl -H 'x-datasource: retail' 'http://{}/tables?rows=2'", listener.local_addr()?);
    axum::serve(listener, api::router(modules)).await?;
    Ok(ExitCode::SUCCESS)
}
