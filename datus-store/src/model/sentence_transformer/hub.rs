//! Models by name from the Hugging Face hub, through its cache.

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use hf_hub::api::sync::{Api, ApiBuilder, ApiError};
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

/// Where models are fetched from and kept.
#[derive(Debug)]
pub(super) struct Hub {
    cache: Cache,
    endpoint: Option<String>,
    token: Option<String>,
    /// Whether nothing but the cache is looked at.
    offline: bool,
}

impl Hub {
    /// The hub that the variables of Python's library name: `HF_HOME`, `HF_ENDPOINT`, `HF_TOKEN`, `HF_HUB_OFFLINE`.
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

    /// Fetches what is needed to run a model, unless the cache has it.
    ///
    /// # Errors
    /// `Model` when there is no such model, or it is not in the cache and cannot be fetched.
    pub(super) fn fetch(
        &self,
        name: &str,
        revision: Option<&str>,
        runner: Option<&Runner>,
    ) -> Result<Fetched> {
        let revision = revision.unwrap_or(MAIN);
        if self.offline { self.cached(name, revision) } else { self.download(name, revision, runner) }
    }

    /// The files of the last fetch.
    fn cached(&self, name: &str, revision: &str) -> Result<Fetched> {
        let repository = self.cache.path().join(repository(name, revision).folder_name());
        let reference = std::fs::read_to_string(repository.join("refs").join(revision));
        // A commit is its own reference.
        let commit = reference.map_or_else(|_| revision.to_owned(), |commit| commit.trim().to_owned());
        let folder = repository.join("snapshots").join(&commit);
        if folder.join("config.json").exists() {
            return Ok(Fetched { folder, commit });
        }
        let what = format!(
            "is not in the hub's cache (`{}`), and HF_HUB_OFFLINE forbids to fetch it",
            repository.display()
        );
        let remedy = "unset HF_HUB_OFFLINE, or load a folder with `from_folder`";
        Err(fault(name, revision, what).with_help(remedy))
    }

    fn download(&self, name: &str, revision: &str, runner: Option<&Runner>) -> Result<Fetched> {
        let failed = |what: &str, error: ApiError| {
            let remedy = "check the name, the network, and HF_TOKEN where the model is private; HF_HUB_OFFLINE=1 takes \
                          what was fetched before, and `from_folder` a folder";
            fault(name, revision, format!("{what}: {error}")).with_help(remedy).with_source(error)
        };
        let api = self.api().map_err(|error| failed("the hub's client cannot be set up", error))?;
        let info = api.repo(repository(name, revision)).info();
        let info = info.map_err(|error| failed("the hub does not give its files", error))?;
        let files: Vec<&str> = info.siblings.iter().map(|file| file.rfilename.as_str()).collect();

        // By the commit and not by the branch: all files are of one version, whatever is pushed meanwhile.
        self.remember(name, &info.sha, &info.sha);
        let at_commit = api.repo(repository(name, &info.sha));
        let mut folder = None;
        for file in wanted(&files, runner) {
            let path =
                at_commit.get(file).map_err(|error| failed(&format!("`{file}` cannot be fetched"), error))?;
            if file == "config.json" {
                folder = path.parent().map(Path::to_owned);
            }
        }
        let Some(folder) = folder else {
            let remedy = "give the name of a sentence transformer or a cross-encoder";
            return Err(fault(name, revision, "has no `config.json`".to_owned()).with_help(remedy));
        };
        self.remember(name, revision, &info.sha);
        Ok(Fetched { folder, commit: info.sha })
    }

    fn api(&self) -> Result<Api, ApiError> {
        let mut builder = ApiBuilder::from_cache(self.cache.clone()).with_progress(false).with_retries(2);
        if let Some(endpoint) = &self.endpoint {
            builder = builder.with_endpoint(endpoint.clone());
        }
        builder.with_token(self.token.clone()).build()
    }

    /// Writes which commit a revision is, so that it is found in the cache. Where that cannot be written, the files
    /// could not be either, and the next step says so.
    fn remember(&self, name: &str, revision: &str, commit: &str) {
        if let Err(error) = self.cache.repo(repository(name, revision)).create_ref(commit) {
            tracing::warn!(model = name, %error, "the hub's cache cannot be written");
        }
    }
}

fn repository(name: &str, revision: &str) -> Repo {
    Repo::with_revision(name.to_owned(), RepoType::Model, revision.to_owned())
}

/// Returns `true` if the token may be sent to this endpoint: one of `https://`, or one on this machine.
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
    tracing::warn!("HF_ENDPOINT is plain http, so the token of the hub is not sent there: use https");
    false
}

/// As Python's library reads a variable.
fn is_true(value: &str) -> bool {
    ["1", "on", "yes", "true"].contains(&value.to_lowercase().as_str())
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

fn fault(name: &str, revision: &str, what: String) -> Error {
    Error::new(ErrorKind::Model, format!("`{name}` at `{revision}`: {what}"))
}
