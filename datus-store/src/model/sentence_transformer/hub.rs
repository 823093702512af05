//! Downloads models from the Hugging Face hub into the local cache.

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use hf_hub::api::sync::{Api, ApiBuilder, ApiError};
use hf_hub::{Cache, Repo, RepoType};

use super::runner::Runner;
use crate::error::{Error, ErrorKind, Result};

/// The default revision.
const MAIN: &str = "main";

/// A snapshot of a model in the local cache.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) folder: PathBuf,
    /// The commit of the files.
    pub(super) commit: String,
}

/// A client of the hub, with a local cache.
#[derive(Debug)]
pub(super) struct Hub {
    cache: Cache,
    endpoint: Option<String>,
    token: Option<String>,
    /// `true` if only the cache is used.
    offline: bool,
}

impl Hub {
    /// Reads the environment variables of the Python library: `HF_HOME`, `HF_ENDPOINT`, `HF_TOKEN`, `HF_HUB_OFFLINE`.
    pub(super) fn from_env() -> Self {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let cache = Cache::from_env();
        let endpoint = variable("HF_ENDPOINT");
        let token = variable("HF_TOKEN").or_else(|| cache.token());
        Self {
            token: token.filter(|_| may_have_token(endpoint.as_deref())),
            endpoint,
            offline: variable("HF_HUB_OFFLINE").is_some_and(|value| is_true(&value)),
            cache,
        }
    }

    /// Downloads the files that are needed to run a model, unless they are in the cache.
    ///
    /// # Errors
    /// Fails with `Model` if the model does not exist, or if it is not in the cache and cannot be downloaded.
    pub(super) fn fetch(
        &self,
        name: &str,
        revision: Option<&str>,
        runner: Option<&Runner>,
    ) -> Result<Snapshot> {
        let revision = revision.unwrap_or(MAIN);
        if self.offline { self.cached(name, revision) } else { self.download(name, revision, runner) }
    }

    /// Returns the files of the last download.
    fn cached(&self, name: &str, revision: &str) -> Result<Snapshot> {
        let repository = self.cache.path().join(repository(name, revision).folder_name());
        let reference = std::fs::read_to_string(repository.join("refs").join(revision));
        // A commit has no reference file.
        let commit = reference.map_or_else(|_| revision.to_owned(), |commit| commit.trim().to_owned());
        let folder = repository.join("snapshots").join(&commit);
        if folder.join("config.json").exists() {
            return Ok(Snapshot { folder, commit });
        }
        let what = format!(
            "the hub cache (`{}`) does not contain the model, and HF_HUB_OFFLINE is set",
            repository.display()
        );
        let help = "unset HF_HUB_OFFLINE, or load a folder with `from_folder`";
        Err(hub_error(name, revision, what).with_help(help))
    }

    fn download(&self, name: &str, revision: &str, runner: Option<&Runner>) -> Result<Snapshot> {
        let failed = |what: &str, error: ApiError| {
            let help = "check the name, the network, and HF_TOKEN for a private model, or set HF_HUB_OFFLINE=1 to use only \
                        the cache";
            hub_error(name, revision, format!("{what}: {error}")).with_help(help).with_source(error)
        };
        let api = self.api().map_err(|error| failed("the client of the hub cannot be created", error))?;
        let info = api.repo(repository(name, revision)).info();
        let info = info.map_err(|error| failed("the hub does not list the files of the model", error))?;
        let files: Vec<&str> = info.siblings.iter().map(|file| file.rfilename.as_str()).collect();

        // Downloading by commit keeps all files at the same version, even if someone pushes in the meantime.
        self.store_reference(name, &info.sha, &info.sha);
        let at_commit = api.repo(repository(name, &info.sha));
        let mut folder = None;
        for file in required_files(&files, runner) {
            let path = at_commit
                .get(file)
                .map_err(|error| failed(&format!("`{file}` cannot be downloaded"), error))?;
            if file == "config.json" {
                folder = path.parent().map(Path::to_owned);
            }
        }
        let Some(folder) = folder else {
            let help = "use the name of a sentence transformer or a cross-encoder";
            return Err(
                hub_error(name, revision, "the model has no `config.json`".to_owned()).with_help(help)
            );
        };
        self.store_reference(name, revision, &info.sha);
        Ok(Snapshot { folder, commit: info.sha })
    }

    fn api(&self) -> Result<Api, ApiError> {
        let mut builder = ApiBuilder::from_cache(self.cache.clone()).with_progress(false).with_retries(2);
        if let Some(endpoint) = &self.endpoint {
            builder = builder.with_endpoint(endpoint.clone());
        }
        builder.with_token(self.token.clone()).build()
    }

    /// Stores the commit of a revision, so that it is found in the cache. An error is only logged, because writing the files
    /// to the same cache would then fail too, and return an error.
    fn store_reference(&self, name: &str, revision: &str, commit: &str) {
        if let Err(error) = self.cache.repo(repository(name, revision)).create_ref(commit) {
            tracing::warn!(model = name, %error, "the hub cache cannot be written");
        }
    }
}

fn repository(name: &str, revision: &str) -> Repo {
    Repo::with_revision(name.to_owned(), RepoType::Model, revision.to_owned())
}

/// Returns `true` if the token may be sent to this endpoint, which must use `https://` or be on this machine.
fn may_have_token(endpoint: Option<&str>) -> bool {
    let Some(rest) = endpoint.and_then(|endpoint| endpoint.trim().strip_prefix("http://")) else {
        return true;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let is_loopback =
        name.parse::<std::net::IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback());
    if is_loopback || name == "localhost" {
        return true;
    }
    tracing::warn!("HF_ENDPOINT uses plain HTTP, so the token of the hub is not sent: use HTTPS");
    false
}

/// Parses the value of a Boolean variable as the Python library does.
fn is_true(value: &str) -> bool {
    ["1", "on", "yes", "true"].contains(&value.to_lowercase().as_str())
}

/// Returns the files that are needed: all configuration files, and the weights for the runner.
fn required_files<'a>(files: &[&'a str], runner: Option<&Runner>) -> Vec<&'a str> {
    let graph = graph(files, runner);
    let weights = |file: &str| match &graph {
        // The external data of a graph is in the same folder, and its name starts with the name of the graph.
        Some(graph) => file.starts_with(graph.as_str()),
        None => !file.contains('/') && is_weights(file),
    };
    // Dense modules have their own weights in a numbered folder, which all runners need.
    let dense = |file: &str| file.contains("_Dense/") && is_weights(file);
    let configuration =
        |file: &str| file.ends_with(".json") && file.matches('/').count() < 2 && !is_other(file);
    files.iter().copied().filter(|file| configuration(file) || weights(file) || dense(file)).collect()
}

fn is_weights(file: &str) -> bool {
    file.ends_with("model.safetensors") || (file.contains("model-") && file.ends_with(".safetensors"))
}

/// Returns `true` if the file belongs to an ONNX, OpenVINO or Core ML export.
fn is_other(file: &str) -> bool {
    ["onnx/", "openvino/", "coreml/"].iter().any(|folder| file.starts_with(folder))
}

/// Returns the graph to download if the runner is ONNX Runtime.
fn graph(files: &[&str], runner: Option<&Runner>) -> Option<String> {
    #[cfg(feature = "onnx-runtime")]
    {
        let default_options = super::runner::Onnx::default();
        let options = match runner {
            Some(Runner::Onnx(options)) => options,
            #[cfg(feature = "native")]
            Some(Runner::Native(_)) => return None,
            #[cfg(feature = "candle")]
            Some(Runner::Candle(_)) => return None,
            None => &default_options,
        };
        let named = options.file.as_ref().map(|file| file.to_string_lossy().into_owned());
        let default =
            || super::runner::GRAPH_FILES.into_iter().find(|file| files.contains(file)).map(str::to_owned);
        named.or_else(default)
    }
    #[cfg(not(feature = "onnx-runtime"))]
    {
        let _ = (files, runner);
        None
    }
}

fn hub_error(name: &str, revision: &str, what: String) -> Error {
    Error::new(ErrorKind::Model, format!("`{name}` at `{revision}`: {what}"))
}
