/// The library that runs a model, with its options. Each variant requires the cargo feature of the same name.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Runner {
    /// The matrix products of this crate, written in Rust. It runs models of the BERT family on a CPU, and needs few other
    /// crates.
    #[cfg(feature = "native")]
    Native(Native),
    /// [candle](https://docs.rs/candle-core), which is pure Rust. It runs on any CPU, and on CUDA and Metal devices.
    #[cfg(feature = "candle")]
    Candle(Candle),
    /// [ONNX Runtime](https://onnxruntime.ai), which also runs quantized models. It needs the ONNX Runtime shared library.
    #[cfg(feature = "onnx-runtime")]
    Onnx(Onnx),
}

impl Runner {
    /// Returns the name for logs.
    pub(super) fn name(&self) -> &'static str {
        match self {
            #[cfg(feature = "native")]
            Self::Native(_) => "native",
            #[cfg(feature = "candle")]
            Self::Candle(_) => "candle",
            #[cfg(feature = "onnx-runtime")]
            Self::Onnx(_) => "onnx",
        }
    }

    /// Returns the runner to try if this one cannot run a model.
    pub(super) fn other(&self) -> Option<Self> {
        match self {
            #[cfg(feature = "native")]
            Self::Native(_) => None,
            #[cfg(feature = "candle")]
            Self::Candle(_) => None,
            #[cfg(feature = "onnx-runtime")]
            Self::Onnx(_) => Self::rust(),
        }
    }

    /// Returns the preferred runner in Rust, or `None` if neither feature is enabled. The native runner is faster than
    /// candle, and runs the same models.
    #[cfg(feature = "onnx-runtime")]
    fn rust() -> Option<Self> {
        #[cfg(feature = "native")]
        return Some(Self::Native(Native::default()));
        #[cfg(all(feature = "candle", not(feature = "native")))]
        return Some(Self::Candle(Candle::default()));
        #[cfg(not(any(feature = "native", feature = "candle")))]
        None
    }

    /// Returns a runner in Rust if ONNX Runtime cannot be loaded on this machine, and `None` if all runners can be used.
    #[cfg(feature = "hub")]
    pub(super) fn of_machine() -> Option<Self> {
        #[cfg(feature = "onnx-runtime")]
        if super::onnx::environment(None).is_err() {
            return Self::rust();
        }
        None
    }

    /// Returns the default runner for a folder: ONNX Runtime if the folder contains a graph, or a runner in Rust otherwise.
    #[cfg(feature = "onnx-runtime")]
    pub(super) fn of_folder(folder: &std::path::Path) -> Self {
        let onnx = Onnx::default();
        match Self::rust() {
            Some(rust) if onnx.graph_file(folder).is_none() => rust,
            _ => Self::Onnx(onnx),
        }
    }

    /// Returns the default runner for a folder.
    #[cfg(all(feature = "native", not(feature = "onnx-runtime")))]
    pub(super) fn of_folder(_folder: &std::path::Path) -> Self {
        Self::Native(Native::default())
    }

    /// Returns the default runner for a folder.
    #[cfg(all(feature = "candle", not(feature = "native"), not(feature = "onnx-runtime")))]
    pub(super) fn of_folder(_folder: &std::path::Path) -> Self {
        Self::Candle(Candle::default())
    }
}

/// The options of this crate's own runner. This runner has no options yet.
///
/// ```
/// use datus_store::model::{Native, Runner};
///
/// assert!(matches!(Runner::from(Native::default()), Runner::Native(_)));
/// ```
#[cfg(feature = "native")]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Native {}

/// The options of candle. By default, it runs on the CPU.
///
/// ```
/// use datus_store::model::{Candle, Device};
///
/// assert_eq!(Candle::default().device, Device::Cpu);
/// ```
#[cfg(feature = "candle")]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Candle {
    /// The device that runs the model.
    pub device: Device,
}

#[cfg(feature = "candle")]
impl Candle {
    /// Sets the device that runs the model.
    #[must_use]
    pub fn with_device(self, device: Device) -> Self {
        Self { device }
    }
}

/// A device for candle.
#[cfg(feature = "candle")]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Device {
    /// All cores of the CPU, or the number of threads in the `RAYON_NUM_THREADS` environment variable.
    #[default]
    Cpu,
    /// The NVIDIA GPU with this index. Requires the `candle-cuda` cargo feature.
    Cuda(usize),
    /// The Apple GPU with this index. Requires the `candle-metal` cargo feature.
    Metal(usize),
}

/// The options of ONNX Runtime.
///
/// ```
/// use datus_store::model::Onnx;
///
/// let onnx = Onnx::default().with_file("onnx/model_quantized.onnx").with_threads(4);
/// assert_eq!(onnx.threads, Some(4));
/// ```
#[cfg(feature = "onnx-runtime")]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Onnx {
    /// The graph file, relative to the model's folder. The default is `onnx/model.onnx` or, if that file does not exist,
    /// `model.onnx`.
    pub file: Option<std::path::PathBuf>,
    /// The ONNX Runtime shared library, version 1.17 or newer, or a folder that contains it, such as `onnxruntime/capi`
    /// in the Python package. The default is the path in the `ORT_DYLIB_PATH` environment variable or, if that is not set,
    /// the system's library. A process can load only one library. With the `onnx-download` feature and without `onnx`, the
    /// library is linked into the program, and setting this path is an error.
    pub library: Option<std::path::PathBuf>,
    /// The number of threads for one call. The default is the number of cores.
    pub threads: Option<usize>,
}

/// The files to which exporters write the graph.
#[cfg(feature = "onnx-runtime")]
pub(super) const GRAPH_FILES: [&str; 2] = ["onnx/model.onnx", "model.onnx"];

#[cfg(feature = "onnx-runtime")]
impl Onnx {
    /// Sets the graph file, relative to the model's folder.
    #[must_use]
    pub fn with_file(mut self, file: impl Into<std::path::PathBuf>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// Sets the ONNX Runtime shared library, or the folder that contains it.
    #[must_use]
    pub fn with_library(mut self, library: impl Into<std::path::PathBuf>) -> Self {
        self.library = Some(library.into());
        self
    }

    /// Sets the number of threads for one call.
    #[must_use]
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Returns the environment of ONNX Runtime, for programs that also run their own graphs with the `ort` crate. A process
    /// has one environment, which the first call creates.
    ///
    /// # Errors
    /// Fails with `Model` if the library cannot be loaded, if a different library is already loaded, or if the program
    /// has created an environment without this function.
    pub fn environment(&self) -> crate::Result<ort::environment::Environment> {
        super::onnx::environment(self.library.as_deref())
    }

    /// Returns the path of the graph file: the configured file or, by default, the first of the usual export paths that
    /// exists.
    pub(super) fn graph_file(&self, folder: &std::path::Path) -> Option<std::path::PathBuf> {
        let named = self.file.as_ref().map(|file| folder.join(file));
        named.or_else(|| GRAPH_FILES.iter().map(|file| folder.join(file)).find(|file| file.exists()))
    }
}

#[cfg(feature = "native")]
impl From<Native> for Runner {
    fn from(native: Native) -> Self {
        Self::Native(native)
    }
}

#[cfg(feature = "candle")]
impl From<Candle> for Runner {
    fn from(candle: Candle) -> Self {
        Self::Candle(candle)
    }
}

#[cfg(feature = "onnx-runtime")]
impl From<Onnx> for Runner {
    fn from(onnx: Onnx) -> Self {
        Self::Onnx(onnx)
    }
}
