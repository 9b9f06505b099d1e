package org.lsradapt.training;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.lsradapt.io.internal.AtomicFile;

/** Checkpoints in a folder, created when needed. */
final class FolderStore implements CheckpointStore {
    private final Path folder;

    FolderStore(Path folder) {
        this.folder = folder;
    }

    @Override
    public List<String> names() throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    @Override
    public long size(String name) throws IOException {
        Path file = folder.resolve(name);
        return Files.isRegularFile(file) ? Files.size(file) : 0;
    }

    @Override
    public InputStream open(String name) throws IOException {
        return Files.newInputStream(folder.resolve(name));
    }

    @Override
    public void write(String name, Content content) throws IOException {
        Files.createDirectories(folder);
        AtomicFile.write(folder.resolve(name), channel -> content.writeTo(Channels.newOutputStream(channel)));
    }

    @Override
    public void rename(String name, String newName) throws IOException {
        Files.move(folder.resolve(name), folder.resolve(newName));
    }

    @Override
    public void delete(String name) throws IOException {
        Files.deleteIfExists(folder.resolve(name));
    }

    @Override
    public String location(String name) {
        return folder.resolve(name).toString();
    }
}
