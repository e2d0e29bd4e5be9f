//! The pictures, and the figures in the documents, from what is stored in doc/figures: `cargo bench --bench charts` measures nothing.

fn main() {
    scratch_init_figures::renew();
}
