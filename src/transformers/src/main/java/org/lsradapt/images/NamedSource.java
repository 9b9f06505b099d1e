package org.lsradapt.images;

import java.io.IOException;

/** An image by how it is read. */
record NamedSource(String name, ImageSource.Reader reader, Checksum checksum) implements ImageSource {

    /** What is said of the contents. */
    @FunctionalInterface
    interface Checksum {
        String get() throws IOException;
    }

    @Override
    public Picture read() throws IOException {
        return reader.read();
    }

    @Override
    public String fingerprint() throws IOException {
        return checksum.get();
    }
}
