use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ort::environment::Environment;

use crate::error::{Error, ErrorKind, Result};

/// The process's only environment, and the library that it was loaded from.
static LOADED: Mutex<Option<(Environment, Option<PathBuf>)>> = Mutex::new(None);

/// Returns the environment of ONNX Runtime. The first call loads the library. If it fails, the next call tries again.
///
/// # Errors
/// Fails with `Model` if the library cannot be loaded, or if a different library is already loaded.
pub(in super::super) fn environment(library: Option<&Path>) -> Result<Environment> {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    let requested = library.map(find).transpose()?;
    if let Some((environment, path)) = &*loaded {
        return match requested {
            Some(requested) if path.as_ref() != Some(&requested) => {
                Err(different_library(&requested, path.as_deref()))
            }
            _ => Ok(environment.clone()),
        };
    }
    let environment = load(requested.as_deref())?;
    *loaded = Some((environment.clone(), requested));
    Ok(environment)
}

#[cfg(feature = "onnx")]
fn load(library: Option<&Path>) -> Result<Environment> {
    let by_variable =
        || std::env::var_os("ORT_DYLIB_PATH").filter(|path| !path.is_empty()).map(PathBuf::from);
    let path = match library.map(Path::to_owned).or_else(by_variable) {
        Some(path) => find(&path)?,
        None => PathBuf::from(SYSTEM_NAME),
    };
    let builder = ort::init_from(&path).map_err(|error| {
        let help = "install ONNX Runtime 1.17 or newer, and set the path of its shared library with `Onnx::with_library` or \
                    the environment variable ORT_DYLIB_PATH";
        failed(format!("ONNX Runtime cannot be loaded: {error}")).with_help(help).with_source(error)
    })?;
    finish(builder)
}

#[cfg(not(feature = "onnx"))]
fn load(library: Option<&Path>) -> Result<Environment> {
    match library {
        None => finish(ort::init()),
        Some(path) => {
            let path = path.display();
            let what = format!(
                "the library `{path}` cannot be loaded, because ONNX Runtime is linked into the program"
            );
            Err(failed(what).with_help("enable the cargo feature `onnx` to load the library at run time"))
        }
    }
}

fn finish(builder: ort::environment::EnvironmentBuilder) -> Result<Environment> {
    builder
        .with_name("datus-store")
        .with_telemetry(false)
        .build()
        .map_err(|error| failed(format!("ONNX Runtime cannot be initialized: {error}")).with_source(error))
}

#[cfg(feature = "onnx")]
const SYSTEM_NAME: &str = if cfg!(windows) {
    "onnxruntime.dll"
} else if cfg!(target_vendor = "apple") {
    "libonnxruntime.dylib"
} else {
    "libonnxruntime.so"
};

/// Returns the path of the library: the given path or, if that is a folder, the library in it.
fn find(path: &Path) -> Result<PathBuf> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let is_library = |name: &str| {
        let stem = name.strip_prefix("lib").unwrap_or(name);
        let rest = stem.strip_prefix("onnxruntime").unwrap_or_default();
        rest.starts_with(".so") || rest == ".dll" || (rest.starts_with('.') && rest.ends_with(".dylib"))
    };
    let files = std::fs::read_dir(path)
        .map_err(|error| failed(format!("`{}` cannot be read", path.display())).with_source(error))?;
    let mut libraries: Vec<PathBuf> = files
        .filter_map(|file| Some(file.ok()?.path()))
        .filter(|file| file.file_name().and_then(|name| name.to_str()).is_some_and(is_library))
        .collect();
    libraries.sort();
    libraries.pop().ok_or_else(|| {
        failed(format!("the folder `{}` does not contain the shared library of ONNX Runtime", path.display()))
            .with_help("use the folder that contains it")
    })
}

fn different_library(requested: &Path, loaded: Option<&Path>) -> Error {
    let loaded =
        loaded.map_or_else(|| "the default library".to_owned(), |path| format!("`{}`", path.display()));
    let requested = requested.display();
    failed(format!("ONNX Runtime is already loaded from {loaded}, so `{requested}` cannot be loaded"))
        .with_help("use the same library for all models of a process")
}

fn failed(message: String) -> Error {
    Error::new(ErrorKind::Model, message)
}
