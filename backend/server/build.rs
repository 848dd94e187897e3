//! The pages are part of the program: build it again when they were built again.
fn main() {
    println!("cargo:rerun-if-changed=../../web/dist");
}
