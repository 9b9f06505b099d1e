package org.lsradapt.spark;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.lsradapt.training.CheckpointStore;

final class HadoopStore implements CheckpointStore {
    private static final String BEGUN = ".tmp";

    private final Path folder;
    private final FileSystem files;

    HadoopStore(String folder, Configuration hadoop) throws IOException {
        this.folder = new Path(folder);
        files = this.folder.getFileSystem(hadoop);
    }

    @Override
    public List<String> names() throws IOException {
        List<String> names = new ArrayList<>();
        if (files.exists(folder)) {
            for (FileStatus file : files.listStatus(folder)) {
                names.add(file.getPath().getName());
            }
        }
        return names;
    }

    @Override
    public long size(String name) throws IOException {
        return files.getFileStatus(path(name)).getLen();
    }

    @Override
    public InputStream open(String name) throws IOException {
        return files.open(path(name));
    }

    /** Writes under a temporary name first, since a file is visible while it is written. */
    @Override
    public void write(String name, Content content) throws IOException {
        Path begun = path(name + BEGUN);
        try (OutputStream out = files.create(begun, true)) {
            content.writeTo(out);
        }
        files.delete(path(name), false);
        rename(name + BEGUN, name);
    }

    @Override
    public void rename(String name, String newName) throws IOException {
        if (!files.rename(path(name), path(newName))) {
            throw new IOException(path(newName) + ": cannot be written: renaming " + path(name) + " failed");
        }
    }

    @Override
    public void delete(String name) throws IOException {
        files.delete(path(name), false);
    }

    @Override
    public String location(String name) {
        return path(name).toString();
    }

    private Path path(String name) {
        return new Path(folder, name);
    }
}
