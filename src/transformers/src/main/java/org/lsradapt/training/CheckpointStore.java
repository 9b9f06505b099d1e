package org.lsradapt.training;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/**
 * The files of one training's {@link Checkpoints}, by name; by default a folder of the local disk. Every method throws an
 * {@link IOException} that names the file if it fails.
 */
public interface CheckpointStore {

    /** Writes the content of a file. */
    @FunctionalInterface
    interface Content {
        /** Writes the whole content to a stream, which the caller closes. */
        void writeTo(OutputStream out) throws IOException;
    }

    /** The names of all files, in any order; empty before the first is written. */
    List<String> names() throws IOException;

    /** The length of a file in bytes; 0 if the name belongs to a folder, for instance. */
    long size(String name) throws IOException;

    /** Opens a file at its beginning. */
    InputStream open(String name) throws IOException;

    /** Writes a file, new or in place of another, atomically: after a crash at any moment the file has its old or its new content. */
    void write(String name, Content content) throws IOException;

    /** Renames a file to a name that no file has. */
    void rename(String name, String newName) throws IOException;

    /** Deletes a file if it exists. */
    void delete(String name) throws IOException;

    /** The file's location, for messages. */
    String location(String name);
}
