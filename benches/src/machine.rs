use std::fs;
use std::path::Path;

/// Describes the machine in one line: cores, processor, memory, the file system of a folder, the kernel, and the build.
///
/// On systems other than Linux, the line contains only the cores and the build.
pub fn machine(folder: &Path) -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let mut parts = vec![format!("{cores} cores")];
    parts.extend(field("/proc/cpuinfo", "model name"));
    parts.extend(memory());
    parts.extend(disk(folder));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").ok();
    parts.extend(kernel.map(|release| format!("Linux {}", release.trim())));
    let debug = "debug build, whose figures say nothing";
    parts.push(if cfg!(debug_assertions) { debug } else { "release build" }.to_owned());
    parts.join(", ")
}

/// Returns the value of the first line `NAME : VALUE` of a file.
fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim_start_matches([' ', '\t', ':']).trim().to_owned())
}

fn memory() -> Option<String> {
    let kilobytes = field("/proc/meminfo", "MemTotal")?;
    let kilobytes: f64 = kilobytes.strip_suffix(" kB")?.parse().ok()?;
    Some(format!("{:.0} GiB of memory", kilobytes / 1024.0 / 1024.0))
}

/// Returns the file system of the folder: the one with the longest mount point that contains it.
fn disk(folder: &Path) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    let mounts = fs::read_to_string("/proc/mounts").ok()?;
    let of_folder = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ');
        let (device, point, kind) = (words.next()?, words.next()?, words.next()?);
        folder.starts_with(point).then(|| (point.len(), format!("{kind} on {device}")))
    });
    of_folder.max_by_key(|(length, _)| *length).map(|(_, disk)| disk)
}
