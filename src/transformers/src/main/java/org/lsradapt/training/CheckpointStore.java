package org.lsradapt.training;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/**
 * The files of {@link Checkpoints} of one training, by name: a folder of the local disk unless another place is given. Every
 * method throws an {@link IOException} that names the file if it fails.
 */
public interface CheckpointStore {

    /** Writes the content of a file. */
    @FunctionalInterface
    interface Content {
        /** Writes everything to a stream, which the caller closes. */
        void writeTo(OutputStream out) throws IOException;
    }

    /** The names of all files, in any order; none before the first is written. */
    List<String> names() throws IOException;

    /** The length of a file in bytes; 0 if it is no file but a folder, for instance. */
    long size(String name) throws IOException;

    /** Opens a file, from its beginning. */
    InputStream open(String name) throws IOException;

    /** Writes a file, a new one or in place of another: after a crash at any moment it is as it was, or as it should be. */
    void write(String name, Content content) throws IOException;

    /** Gives a file another name, one that no file has. */
    void rename(String name, String newName) throws IOException;

    /** Removes a file, if it is there. */
    void delete(String name) throws IOException;

    /** Where a file is, for messages. */
    String location(String name);
}
