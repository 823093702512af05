//! Random commits, cleanups and drops by several processes. Each step is compared with a listing.

use std::collections::BTreeSet;

use super::*;

/// The number of processes. Each has its own cache.
const PROCESSES: usize = 3;

struct Processes {
    table: Versions,
    known: Vec<Arc<LatestVersions>>,
    tagged: BTreeSet<u64>,
    random: fastrand::Rng,
}

impl Processes {
    /// Makes a commit from one process, possibly with commits by other processes before and after it.
    async fn commit(&mut self) {
        let newest = Arc::clone(&self.known[self.random.usize(..PROCESSES)]);
        let Versions { base, store, listing, .. } = &self.table;
        let (base, version) =
            (base.clone(), newest.resolve(base, store, &**listing).await.unwrap().version + 1);
        let commit = newest.begin(&base, version);
        self.maybe_commit_elsewhere().await;
        let first = self.table.commit(version);
        let mine = located(&base, version, ManifestNamingScheme::V2).unwrap();
        self.maybe_commit_elsewhere().await;
        if let Some(commit) = commit.filter(|_| first) {
            commit.done(&mine);
        }
    }

    async fn maybe_commit_elsewhere(&mut self) {
        self.check().await;
        if self.random.u8(..4) == 0 {
            self.commit_elsewhere().await;
            self.check().await;
        }
    }

    async fn commit_elsewhere(&mut self) {
        let next = self.table.listed().await.version + 1;
        self.table.commit(next);
    }

    /// Removes all versions except the newest and the tagged ones, in random order.
    async fn clean(&mut self) {
        let newest = self.table.listed().await.version;
        let mut old: Vec<u64> = (1..newest).filter(|version| !self.tagged.contains(version)).collect();
        self.random.shuffle(&mut old);
        for version in old {
            let _ = std::fs::remove_file(self.table.file(version));
        }
    }

    async fn tag(&mut self) {
        self.tagged.insert(self.table.listed().await.version);
    }

    fn drop_and_create(&mut self) {
        let versions = versions(&self.table.base);
        let dropped = versions.with_extension("dropped");
        std::fs::rename(&versions, &dropped).unwrap();
        if self.random.bool() {
            std::fs::remove_dir_all(&dropped).unwrap();
        }
        self.table.create();
        let _ = std::fs::remove_dir_all(&dropped);
        self.tagged.clear();
    }

    async fn check(&self) {
        for newest in &self.known {
            self.table.check(newest).await;
        }
    }
}

/// Runs `steps` steps. Returns the number of listings that they took, and the number that they would take without a cache.
async fn run(steps: usize) -> (usize, usize) {
    let seed = fastrand::u64(..);
    eprintln!("seed {seed}");
    let known = (0..PROCESSES).map(|_| Arc::new(patient())).collect();
    let random = fastrand::Rng::with_seed(seed);
    let mut processes = Processes { table: Versions::new(), known, tagged: BTreeSet::new(), random };
    for _ in 0..steps {
        match processes.random.u8(..100) {
            0..50 => processes.commit().await,
            50..60 => processes.commit_elsewhere().await,
            60..70 => processes.tag().await,
            70..80 => processes.clean().await,
            80..82 => processes.drop_and_create(),
            82..84 => processes.table.settle(),
            84..90 => sleep(Duration::from_millis(processes.random.u64(..20))),
            _ => {}
        }
        processes.check().await;
    }
    (processes.table.listing.0.load(Ordering::Relaxed), steps * PROCESSES)
}

/// The number of steps: `DATUS_STORE_STEPS`, or 600.
fn steps() -> usize {
    std::env::var("DATUS_STORE_STEPS").map_or(600, |steps| steps.parse().unwrap())
}

#[tokio::test]
async fn after_each_step_of_several_processes_the_newest_version_is_that_of_a_listing() {
    let (listings, answers) = run(steps()).await;
    assert!(listings > 0 && answers > 0);
}
