package org.lsradapt.tasks.official;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.lsradapt.data.Example;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.ScoredTask;
import org.lsradapt.data.metrics.Metric;

/** A task whose data is in two files of a folder. */
final class FileTask extends ScoredTask {

    @FunctionalInterface
    interface Reader {
        /** Returns the examples of a file, at least one. Throws an IOException that describes the error in the file. */
        List<Example> read(Path file) throws IOException;
    }

    private final String trainFile;
    private final String evaluationFile;
    private final Reader reader;

    FileTask(
            String name,
            String title,
            List<String> labels,
            List<Metric> metrics,
            String trainFile,
            String evaluationFile,
            Reader reader) {
        super(name, title, labels, metrics);
        this.trainFile = trainFile;
        this.evaluationFile = evaluationFile;
        this.reader = reader;
    }

    @Override
    public boolean needsFolder() {
        return true;
    }

    @Override
    public LabelledData load() {
        throw new IllegalArgumentException("no data folder was given; " + wanted() + " from a folder");
    }

    @Override
    public LabelledData load(Path dataFolder) throws IOException {
        String wanted = wanted();
        if (!Files.exists(dataFolder)) {
            throw new NoSuchFileException(
                    dataFolder.toString(), null, "there is no such folder; " + wanted + " from it");
        }
        if (!Files.isDirectory(dataFolder)) {
            throw new IOException(dataFolder + ": this is a file, expected a folder; " + wanted + " from it");
        }
        Path train = existing(dataFolder.resolve(trainFile), wanted);
        Path evaluation = existing(dataFolder.resolve(evaluationFile), wanted);
        return LabelledData.of(this, reader.read(train), reader.read(evaluation));
    }

    private String wanted() {
        return "task " + name() + " reads " + trainFile + " and " + evaluationFile;
    }

    private static Path existing(Path file, String wanted) throws NoSuchFileException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString(), null, "there is no such file; " + wanted);
        }
        return file;
    }
}
