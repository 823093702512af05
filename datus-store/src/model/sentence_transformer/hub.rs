//! Models by name from the Hugging Face hub, through its cache.

use std::path::{Path, PathBuf};

use hf_hub::api::sync::{Api, ApiBuilder};
use hf_hub::{Cache, Repo, RepoType};

use super::runner::Runner;
use crate::error::{Error, ErrorKind, Result};

/// The branch that is fetched unless the user says.
const MAIN: &str = "main";

/// A model's files on this machine.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) folder: PathBuf,
    /// The commit that the files are of.
    pub(super) commit: String,
}

/// Fetches what is needed to run a model, unless the cache has it. With `HF_HUB_OFFLINE=1` only the cache is looked at.
///
/// # Errors
/// `Model` when there is no such model, or it is not in the cache and cannot be fetched.
pub(super) fn fetch(name: &str, revision: Option<&str>, runner: Option<&Runner>) -> Result<Fetched> {
    let revision = revision.unwrap_or(MAIN);
    if is_offline(std::env::var("HF_HUB_OFFLINE").ok().as_deref()) {
        return cached(&Cache::from_env(), name, revision);
    }
    download(name, revision, runner)
}

/// As Python's library reads the variable.
fn is_offline(variable: Option<&str>) -> bool {
    variable.is_some_and(|value| ["1", "on", "yes", "true"].contains(&value.to_lowercase().as_str()))
}

/// The files of the last fetch.
fn cached(cache: &Cache, name: &str, revision: &str) -> Result<Fetched> {
    let repository = cache.path().join(Repo::new(name.to_owned(), RepoType::Model).folder_name());
    let reference = std::fs::read_to_string(repository.join("refs").join(revision));
    // A commit is its own reference.
    let commit = reference.map_or_else(|_| revision.to_owned(), |commit| commit.trim().to_owned());
    let folder = repository.join("snapshots").join(&commit);
    if folder.join("config.json").exists() {
        return Ok(Fetched { folder, commit });
    }
    let place = repository.display();
    Err(fault(format!(
        "`{name}` at `{revision}` is not in the hub's cache (`{place}`), and HF_HUB_OFFLINE forbids to fetch it: unset \
         HF_HUB_OFFLINE, or load a folder with `SentenceTransformer::from_folder`"
    )))
}

fn download(name: &str, revision: &str, runner: Option<&Runner>) -> Result<Fetched> {
    let failed = |what: &str, error: hf_hub::api::sync::ApiError| {
        let remedy = "check the name, the network, and HF_TOKEN where the model is private; HF_HUB_OFFLINE=1 takes what \
                      was fetched before, and `SentenceTransformer::from_folder` a folder";
        fault(format!("`{name}` at `{revision}`: {what}: {error}: {remedy}")).with_source(error)
    };
    let api = api().map_err(|error| failed("the hub's client cannot be set up", error))?;
    let at =
        |revision: &str| api.repo(Repo::with_revision(name.to_owned(), RepoType::Model, revision.to_owned()));
    let info = at(revision).info().map_err(|error| failed("the hub does not answer", error))?;
    let files: Vec<&str> = info.siblings.iter().map(|file| file.rfilename.as_str()).collect();

    // By the commit and not by the branch: all files are of one version, whatever is pushed meanwhile.
    let repository = at(&info.sha);
    let mut folder = None;
    for file in wanted(&files, runner) {
        let what = format!("`{file}` cannot be fetched");
        let path = repository.get(file).map_err(|error| failed(&what, error))?;
        if file == "config.json" {
            folder = path.parent().map(Path::to_owned);
        }
    }
    let Some(folder) = folder else {
        return Err(fault(format!(
            "`{name}` at `{revision}` has no `config.json`: it is no sentence transformer"
        )));
    };
    remember(name, revision, &info.sha);
    Ok(Fetched { folder, commit: info.sha })
}

fn api() -> Result<Api, hf_hub::api::sync::ApiError> {
    let builder = ApiBuilder::from_env().with_progress(false).with_retries(2);
    match std::env::var("HF_TOKEN") {
        Ok(token) if !token.is_empty() => builder.with_token(Some(token)).build(),
        _ => builder.build(),
    }
}

/// Writes which commit a branch was, for a later use without a network. It is a convenience: without it that use says
/// that the model is not there.
fn remember(name: &str, revision: &str, commit: &str) {
    let repository = Repo::with_revision(name.to_owned(), RepoType::Model, revision.to_owned());
    if revision != commit && Cache::from_env().repo(repository).create_ref(commit).is_err() {
        tracing::warn!(
            model = name,
            "the hub's cache cannot be written: the model will not be found offline"
        );
    }
}

/// The files that are needed: all configuration, and the weights of the runner.
fn wanted<'a>(files: &[&'a str], runner: Option<&Runner>) -> Vec<&'a str> {
    let graph = graph(files, runner);
    let weights = |file: &str| match &graph {
        // External data of a graph is beside it, under its name.
        Some(graph) => file.starts_with(graph.as_str()),
        None => !file.contains('/') && is_weights(file),
    };
    // Dense modules have weights of their own, in a folder with a number, whatever runs the rest.
    let dense = |file: &str| file.contains("_Dense/") && is_weights(file);
    let configuration =
        |file: &str| file.ends_with(".json") && file.matches('/').count() < 2 && !is_other(file);
    files.iter().copied().filter(|file| configuration(file) || weights(file) || dense(file)).collect()
}

fn is_weights(file: &str) -> bool {
    file.ends_with("model.safetensors") || (file.contains("model-") && file.ends_with(".safetensors"))
}

/// Configuration of other ways to run a model.
fn is_other(file: &str) -> bool {
    ["onnx/", "openvino/", "coreml/"].iter().any(|folder| file.starts_with(folder))
}

/// The graph that the runner wants, if it is ONNX Runtime.
fn graph(files: &[&str], runner: Option<&Runner>) -> Option<String> {
    #[cfg(feature = "onnx-runtime")]
    {
        let default = super::runner::Onnx::default();
        let options = match runner {
            Some(Runner::Onnx(options)) => options,
            #[cfg(feature = "candle")]
            Some(Runner::Candle(_)) => return None,
            None => &default,
        };
        let named = options.file.as_ref().map(|file| file.to_string_lossy().into_owned());
        let usual = || super::onnx::FILES.into_iter().find(|file| files.contains(file)).map(str::to_owned);
        named.or_else(usual)
    }
    #[cfg(not(feature = "onnx-runtime"))]
    {
        let _ = (files, runner);
        None
    }
}

fn fault(message: String) -> Error {
    Error::new(ErrorKind::Model, message)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by a panic")]
mod tests {
    use super::*;

    const FILES: [&str; 12] = [
        ".gitattributes",
        "1_Pooling/config.json",
        "2_Dense/config.json",
        "2_Dense/model.safetensors",
        "config.json",
        "model.safetensors",
        "modules.json",
        "onnx/model.onnx",
        "onnx/model.onnx_data",
        "onnx/model_quantized.onnx",
        "openvino/openvino_config.json",
        "pytorch_model.bin",
    ];

    #[test]
    fn the_variable_is_read_as_python_reads_it() {
        assert!(is_offline(Some("1")) && is_offline(Some("TRUE")));
        assert!(!is_offline(Some("0")) && !is_offline(Some("")) && !is_offline(None));
    }

    #[test]
    #[cfg(feature = "candle")]
    fn candle_takes_the_weights_and_no_graph() {
        let files = wanted(&FILES, Some(&super::super::runner::Candle::default().into()));
        let expected = [FILES[1], FILES[2], FILES[3], FILES[4], FILES[5], FILES[6]];
        assert_eq!(files, expected);
    }

    #[test]
    #[cfg(feature = "onnx-runtime")]
    fn onnx_takes_the_graph_and_no_weights() {
        let onnx = super::super::runner::Onnx::default();
        let expected = [FILES[1], FILES[2], FILES[3], FILES[4], FILES[6], FILES[7], FILES[8]];
        assert_eq!(wanted(&FILES, Some(&onnx.clone().into())), expected);
        let quantised = onnx.with_file("onnx/model_quantized.onnx");
        assert!(wanted(&FILES, Some(&quantised.into())).contains(&"onnx/model_quantized.onnx"));
    }

    #[test]
    fn a_model_that_was_fetched_is_found_without_a_network() {
        let home = tempfile::tempdir().unwrap();
        let cache = Cache::new(home.path().to_owned());
        let error = cached(&cache, "someone/model", "main").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Model);
        assert!(error.to_string().contains("HF_HUB_OFFLINE"), "{error}");

        let repository = home.path().join("models--someone--model");
        std::fs::create_dir_all(repository.join("refs")).unwrap();
        std::fs::create_dir_all(repository.join("snapshots/abc123")).unwrap();
        std::fs::write(repository.join("refs/main"), "abc123").unwrap();
        std::fs::write(repository.join("snapshots/abc123/config.json"), "{}").unwrap();
        for revision in ["main", "abc123"] {
            let fetched = cached(&cache, "someone/model", revision).unwrap();
            assert_eq!(fetched.commit, "abc123");
            assert_eq!(fetched.folder, repository.join("snapshots/abc123"));
        }
    }
}
