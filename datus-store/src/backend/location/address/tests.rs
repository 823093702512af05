use std::path::{Path, PathBuf};

use super::super::remote::{of_bucket, of_service};
use super::Address;
use crate::error::{Error, ErrorKind};

fn parse(text: &str) -> Result<Address, Error> {
    Address::parse(text, Some(Path::new("/home/ada")))
}

fn folder(path: &str) -> Address {
    Address::Folder(PathBuf::from(path))
}

#[test]
fn a_text_without_a_scheme_is_a_path() {
    let paths = [
        "data",
        "data/",
        "./data",
        "../data",
        "data/../db",
        ".",
        "..",
        "/",
        "/data/db",
        "//data",
        "db",
        "dbs/sales",
        "database",
        "memory",
        "s3",
        "file",
        "a b",
        " a",
        "a ",
        "größe/😀",
        "100%",
        "a%20b",
        "a?b#c",
        "a\\b",
        "a~b",
        "./~",
        "data/~/db",
        "$HOME/db",
        "notes.lance",
        "s3/bucket",
        "http",
    ];
    for path in paths {
        assert_eq!(parse(path).unwrap(), folder(path), "{path:?}");
    }
}

/// Fault 2.
#[test]
fn a_colon_that_does_not_end_a_scheme_belongs_to_a_path() {
    let paths = [
        "db-2026-11-28T06:30",
        "run-12:30",
        "a:b",
        "a:",
        ":a",
        "notes:2026",
        "dbs:x",
        "./run-12:30",
        "./db:x",
        "./s3:bucket",
        "./C:/x",
        "/tmp/s3://bucket",
        "data/a://b",
        "../memory:",
        "user:password@host/db",
    ];
    for path in paths {
        assert_eq!(parse(path).unwrap(), folder(path), "{path:?}");
    }
}

#[test]
#[cfg(unix)]
fn a_tilde_means_the_home_folder() {
    for (text, path) in [
        ("~", "/home/ada"),
        ("~/", "/home/ada"),
        ("~/x", "/home/ada/x"),
        ("~//x", "/home/ada/x"),
        ("~/run-12:30", "/home/ada/run-12:30"),
        ("~/../bob", "/home/ada/../bob"),
    ] {
        assert_eq!(parse(text).unwrap(), folder(path), "{text:?}");
    }
    for text in ["~bob", "~bob/x", "~~", " ~/x", "\t~", "~\\x"] {
        let error = parse(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{text:?}");
        assert!(error.help().unwrap().contains("`./~…`"), "{error}");
    }
    for home in [None, Some(Path::new(""))] {
        let error = Address::parse("~/x", home).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.help().unwrap().contains("HOME"), "{error}");
    }
}

#[test]
#[cfg(unix)]
fn a_file_uri_is_an_absolute_path() {
    for (uri, path) in [
        ("file:/data/x", "/data/x"),
        ("file:///data/x", "/data/x"),
        ("file:///data/x/", "/data/x/"),
        ("file://localhost/data/x", "/data/x"),
        ("file://LOCALHOST/data/x", "/data/x"),
        ("FILE:///data/x", "/data/x"),
        (" file:///data/x\n", "/data/x"),
        ("file:///data/a%20b", "/data/a b"),
        ("file:///data/a b", "/data/a b"),
        ("file:///data/%F0%9F%98%80", "/data/😀"),
        ("file:///data/😀", "/data/😀"),
        ("file:///a%3Fb%23c%25", "/a?b#c%"),
        ("file:///a%2", "/a%2"),
        ("file:///a%+5", "/a%+5"),
        ("file:///a%2520b", "/a%20b"),
        ("file:///data/./y/../x", "/data/x"),
        ("file:///run-12:30", "/run-12:30"),
        ("file:///~/x", "/~/x"),
        ("file:///", "/"),
    ] {
        assert_eq!(parse(uri).unwrap(), folder(path), "{uri:?}");
        let uri = uri.trim().to_lowercase().replacen("file:", "file-object-store:", 1);
        if uri.contains("//") {
            assert!(matches!(parse(&uri).unwrap(), Address::ObjectFolder(_)), "{uri}");
        }
    }
}

#[test]
#[cfg(unix)]
fn a_file_uri_that_is_not_an_absolute_path_of_this_machine_is_refused() {
    for (uri, message) in [
        ("file:x", "not have an absolute path"),
        ("file:", "not have an absolute path"),
        ("file:./x", "not have an absolute path"),
        ("file:~/x", "not have an absolute path"),
        ("file://", "does not have a path"),
        ("file://localhost", "does not have a path"),
        ("file://data/db", "another machine, `data`"),
        ("file://./x", "another machine, `.`"),
        ("file://~/x", "another machine, `~`"),
        ("file://a b/x", "another machine"),
        ("file://ada:secret@host/x", "another machine"),
        ("file:///data?x", "cannot have a query"),
        ("file:///data#x", "a fragment"),
        ("file:///%FF", "not valid UTF-8"),
        ("file:///a%00b", "control character"),
        ("file:///C:/data", "Windows drive"),
        ("file-object-store://data/db", "another machine, `data`"),
        ("file-object-store:/data", "without `//`"),
    ] {
        let error = parse(uri).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{uri:?}");
        assert!(error.message().contains(message), "{uri:?}: {error}");
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
}

#[test]
fn a_text_that_is_neither_a_path_nor_a_uri_is_refused_with_the_remedy() {
    for (text, help) in [
        ("", "`memory://`"),
        (" \t\n", "`memory://`"),
        (":memory:", "`memory://`"),
        ("memory:", "`memory://…`"),
        ("memory:x", "`./memory:…`"),
        ("shared-memory:x", "`shared-memory://…`"),
        ("s3:bucket/x", "`s3://…`"),
        ("s3:/bucket", "`s3://…`"),
        ("gs:x", "`./gs:…`"),
        ("db:x", "`./db:…`"),
        ("DB:x", "`./DB:…`"),
        ("://x", "`./…`"),
        ("a b://x", "`./…`"),
        ("\"s3://ada:secret@bucket\"", "`./…`"),
        ("1s://x", "`./…`"),
        ("shared-memory://", "`shared-memory://NAME`"),
        ("shared-memory:///x", "`shared-memory://NAME`"),
        ("shared-memory://x?secret", "`shared-memory://NAME`"),
        ("shared-memory://ada:secret@x", "storage_option"),
        ("shared-memory://x#y", "`%23`"),
    ] {
        let error = parse(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{text:?}");
        assert!(error.help().unwrap().contains(help), "{text:?}: {error}");
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
    for text in ["a\0b", "a\nb"] {
        assert_eq!(parse(text).unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}

#[test]
#[cfg(unix)]
fn a_windows_drive_is_refused_on_other_systems() {
    for path in ["C:\\x", "C:/x", "c:/", "d://x"] {
        let error = parse(path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{path}");
        assert!(error.message().contains("Windows drive"), "{error}");
    }
}

#[test]
fn an_unsupported_scheme_is_refused_with_the_supported_one() {
    for (uri, help) in [
        ("http://host/x", "`db://NAME`"),
        ("https://ada:secret@host/x", "`db://NAME`"),
        ("s3a://bucket/x", "write `s3://`"),
        ("S3A://bucket/x", "write `s3://`"),
        ("gcs://bucket", "write `gs://`"),
        ("abfs://c@a.dfs.core.windows.net", "`abfss://`"),
        ("file+uring:///x", "write `file://`"),
        ("postgres://ada:secret@host/db", "`memory://`"),
        ("sqlite:data.db", "`./sqlite:…`"),
        ("sqlite::memory:", "`./sqlite:…`"),
        ("s3a:x", "`./s3a:…`"),
        ("unheard-of+scheme://ada:secret@x", "`memory://`"),
        ("run-12://30", "`memory://`"),
    ] {
        let error = parse(uri).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{uri}");
        assert!(error.help().unwrap().contains(help), "{uri}: {error}");
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
}

#[test]
fn the_error_for_a_scheme_without_its_feature_names_the_feature() {
    for (uri, scheme, feature, enabled) in [
        ("s3://bucket/x", "s3", "aws", cfg!(feature = "aws")),
        ("S3://ada:secret@bucket/x", "s3", "aws", cfg!(feature = "aws")),
        ("s3+ddb://bucket/x?ddbTableName=t", "s3+ddb", "dynamodb", cfg!(feature = "dynamodb")),
        ("gs://bucket", "gs", "gcs", cfg!(feature = "gcs")),
        ("az://container", "az", "azure", cfg!(feature = "azure")),
        ("abfss://c@a.dfs.core.windows.net", "abfss", "azure", cfg!(feature = "azure")),
        ("db://name", "db", "remote", cfg!(feature = "remote")),
    ] {
        if enabled {
            continue;
        }
        let error = parse(uri).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{uri}");
        let message = format!("`{scheme}://` needs the cargo feature `{feature}`, which is off");
        assert_eq!(error.message(), message);
        assert!(error.help().unwrap().contains(&format!("features = [\"{feature}\"]")), "{error}");
    }
}

#[test]
fn a_database_in_memory_belongs_to_its_connection_or_to_the_process() {
    for uri in ["memory://", "memory://x", "memory:///x", "MEMORY://", " memory://\n", "memory://x?y#z"] {
        assert_eq!(parse(uri).unwrap(), Address::Memory, "{uri:?}");
    }
    for (text, uri) in [
        ("shared-memory://x", "shared-memory://x"),
        ("Shared-Memory://x/", "shared-memory://x"),
        ("shared-memory://x/a/../b//", "shared-memory://x/b"),
    ] {
        assert_eq!(parse(text).unwrap(), Address::SharedMemory(uri.to_owned()), "{text:?}");
    }
}

#[test]
fn spellings_of_an_object_store_uri_are_normalized() {
    for text in
        ["s3://bucket/a b", "S3://bucket/a%20b/", "s3://bucket/x/../a b//", "s3://bucket/%61 b?engine=ddb"]
    {
        let uri = of_bucket(text).unwrap();
        assert_eq!(uri.identity, "s3://bucket/a b", "{text}");
    }
    assert_eq!(of_bucket("S3://Bucket/a/?engine=ddb").unwrap().uri, "s3://Bucket/a?engine=ddb");
    assert_eq!(of_bucket("s3://bucket/").unwrap().uri, of_bucket("s3://bucket").unwrap().uri);
    assert_ne!(of_bucket("s3://bucket/a").unwrap().identity, of_bucket("s3://bucket/A").unwrap().identity);
    let azure = "abfss://container@account.dfs.core.windows.net/x";
    assert_eq!(of_bucket(azure).unwrap().uri, azure);
    assert_eq!(of_service("DB://name/prefix/").unwrap().uri, "db://name/prefix");
}

#[test]
fn an_object_store_uri_with_secrets_or_unsupported_parts_is_refused() {
    for (uri, message) in [
        ("s3://ada:secret@bucket/x", "credentials"),
        ("s3://secret@bucket/x", "credentials"),
        ("az://container:secret@account/x", "credentials"),
        ("s3://bucket?aws_secret_access_key=secret", "query"),
        ("az://container/x?sig=secret", "query"),
        ("s3://bucket#secret", "fragment"),
        ("s3://localhost:9000/bucket", "server and port"),
        ("s3://", "name of a bucket"),
        ("s3:///secret", "name of a bucket"),
        ("s3://[secret", "malformed"),
    ] {
        let error = of_bucket(uri).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{uri}");
        assert!(error.message().contains(message), "{uri}: {error}");
        assert!(
            !format!("{error:?}").contains("secret") && !format!("{error:#?}").contains("secret"),
            "{error:?}"
        );
    }
    for uri in ["db://ada:secret@name", "db://name?api_key=secret", "db://name#secret"] {
        let error = of_service(uri).unwrap_err();
        assert!(!format!("{error:#?}").contains("secret"), "{error:?}");
    }
}
