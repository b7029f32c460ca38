//! Measures what requests to the file-system servers take, through the whole chain: client, file
//! system, block server, device.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod requests;

use console_api::Text;
use core::fmt::Write;
use fs_api::client::Fs;
use fs_api::{MAX_TRANSFER, Mounts};
use requests::{Create, Large, List, Open, Stat, Tree};
use static_cell::ConstStaticCell;
use test_bench::timed::{Request, Timer};

userlib::resources! {
    struct Resources {
        console: Slot,
        mounts: Mounts,
    }
}
userlib::task!(start);

static BUFFER: ConstStaticCell<[u8; MAX_TRANSFER]> = ConstStaticCell::new([0; MAX_TRANSFER]);

struct Bench {
    out: Text,
    timer: Timer,
    buffer: &'static mut [u8; MAX_TRANSFER],
}

fn start(resources: Resources) -> ! {
    let (timer, buffer) = (Timer::begin(), BUFFER.take());
    let mut bench = Bench { out: Text::new(resources.console), timer, buffer };
    // Each is a tree of its own.
    let alone = |path| Mounts::of(resources.mounts.at(path).map(|server| ("/", Fs::new(server))));
    let (fat, littlefs) = (alone("/fat"), alone("/littlefs"));
    let _ = writeln!(bench.out, "bench: begin");
    bench.volume(
        &fat,
        [
            "fat_open_read_4k_cold",
            "fat_open_read_4k",
            "fat_stat",
            "fat_readdir_100",
            "fat_create_sync",
            "fat_read_64k",
            "fat_write_64k",
        ],
    );
    bench.volume(
        &littlefs,
        [
            "lfs_open_read_4k_cold",
            "lfs_open_read_4k",
            "lfs_stat",
            "lfs_readdir_100",
            "lfs_create_sync",
            "lfs_read_64k",
            "lfs_write_64k",
        ],
    );
    let _ = writeln!(bench.out, "bench: end");
    let _ = bench.out.flush();
    loop {
        userlib::sys::recv_notification(0);
    }
}

impl Bench {
    fn volume(&mut self, mounts: &Mounts, names: [&str; 7]) {
        let tree = Tree(mounts);
        if let Err(failure) = tree.fill(self.buffer) {
            let _ = writeln!(self.out, "bench: cannot make the files: {failure:?}");
        }
        let [cold, cached, stat, list, create, read, write] = names;
        self.measure(cold, |buffer| Open { tree, buffer, cold: true });
        self.measure(cached, |buffer| Open { tree, buffer, cold: false });
        self.measure(stat, |_| Stat(tree));
        self.measure(list, |buffer| List { tree, buffer });
        self.measure(create, |buffer| Create { tree, buffer });
        self.measure(read, |buffer| Large::read(tree, buffer));
        self.measure(write, |buffer| Large::write(tree, buffer));
    }

    fn measure<'b, R: Request>(&'b mut self, name: &str, request: impl FnOnce(&'b mut [u8]) -> R) {
        let _ = self.timer.measure(name, &mut request(self.buffer), &mut self.out);
        let _ = self.out.flush();
    }
}
