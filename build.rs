//! Link arguments: no libc, no start files, one segment.

fn main() {
    let script = "src/sys/link.ld";
    println!("cargo:rerun-if-changed={script}");
    println!("cargo:rerun-if-changed=build.rs");
    let script = format!("-Wl,-T,{}/{script}", std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    for argument in [
        "-nostartfiles",
        "-nostdlib",
        "-static-pie",
        "-Wl,--no-dynamic-linker",
        "-Wl,--build-id=none",
        "-Wl,-z,norelro",
        "-Wl,-z,max-page-size=4096",
        "-Wl,--gc-sections",
        "-Wl,--no-eh-frame-hdr",
        &script,
    ] {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
}
