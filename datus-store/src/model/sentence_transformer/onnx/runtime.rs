use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ort::environment::Environment;

use crate::error::{Error, ErrorKind, Result};

/// The environment that a process has one of, and the library it was loaded from.
static LOADED: Mutex<Option<(Environment, Option<PathBuf>)>> = Mutex::new(None);

/// The process's environment of ONNX Runtime; the first call loads the library. A failure is not kept: the next call
/// tries again.
///
/// # Errors
/// `Model` when there is no library that can be loaded, or another one is loaded already.
pub(in super::super) fn environment(library: Option<&Path>) -> Result<Environment> {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    let wanted = library.map(find).transpose()?;
    if let Some((environment, path)) = &*loaded {
        return match wanted {
            Some(wanted) if path.as_ref() != Some(&wanted) => Err(other_is_loaded(&wanted, path.as_deref())),
            _ => Ok(environment.clone()),
        };
    }
    let environment = load(wanted.as_deref())?;
    *loaded = Some((environment.clone(), wanted));
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
        let remedy = "install ONNX Runtime 1.17 or newer and name its shared library with `Onnx::with_library` or the \
                      environment variable ORT_DYLIB_PATH";
        failed(format!("ONNX Runtime cannot be loaded: {error}")).with_help(remedy).with_source(error)
    })?;
    finish(builder)
}

#[cfg(not(feature = "onnx"))]
fn load(library: Option<&Path>) -> Result<Environment> {
    match library {
        None => finish(ort::init()),
        Some(path) => {
            let what = "ONNX Runtime is linked in by the feature `onnx-download`, and";
            let remedy = "build with the feature `onnx` to load it at run time";
            Err(failed(format!("{what} `{}` cannot be loaded too", path.display())).with_help(remedy))
        }
    }
}

fn finish(builder: ort::environment::EnvironmentBuilder) -> Result<Environment> {
    builder
        .with_name("datus-store")
        .with_telemetry(false)
        .build()
        .map_err(|error| failed(format!("ONNX Runtime cannot be set up: {error}")).with_source(error))
}

#[cfg(feature = "onnx")]
const SYSTEM_NAME: &str = if cfg!(windows) {
    "onnxruntime.dll"
} else if cfg!(target_vendor = "apple") {
    "libonnxruntime.dylib"
} else {
    "libonnxruntime.so"
};

/// The library itself, where a folder is given.
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
        failed(format!("`{}` holds no shared library of ONNX Runtime", path.display()))
            .with_help("give the folder that does")
    })
}

fn other_is_loaded(wanted: &Path, loaded: Option<&Path>) -> Error {
    let loaded = loaded.map_or_else(|| "the system's".to_owned(), |path| format!("`{}`", path.display()));
    let what = "ONNX Runtime is loaded once in a process, and";
    failed(format!("{what} {loaded} is, so `{}` cannot be", wanted.display()))
        .with_help("give the same library to every model")
}

fn failed(message: String) -> Error {
    Error::new(ErrorKind::Model, message)
}
