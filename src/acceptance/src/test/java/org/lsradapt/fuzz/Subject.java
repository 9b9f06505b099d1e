package org.lsradapt.fuzz;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * One reader of files.
 *
 * @param name for folders and tables
 * @param classes the reader's classes below {@code org.lsradapt} with spaces between them: what is covered of them
 *     guides the search
 * @param weight its part of all inputs, in percent
 * @param heapPerByte how many bytes of objects, dead ones too, it may make of each byte of an input
 * @param seeds makes valid inputs
 * @param reading reads all of an input in a folder and closes it
 * @param repair makes checksums and lengths fit again, so that edits get past them
 */
record Subject(
        String name,
        String classes,
        int weight,
        int heapPerByte,
        Seeds seeds,
        Reading reading,
        UnaryOperator<FileSet> repair) {

    /** Makes valid inputs. */
    @FunctionalInterface
    interface Seeds {
        /** At least one. */
        List<FileSet> make() throws IOException;
    }

    /** Reads what is in a folder. */
    @FunctionalInterface
    interface Reading {
        /** Fails as the library documents it. */
        void read(Path folder) throws IOException;
    }

    /** A reader of files that have no checksums. */
    Subject(String name, String classes, int weight, int heapPerByte, Seeds seeds, Reading reading) {
        this(name, classes, weight, heapPerByte, seeds, reading, UnaryOperator.identity());
    }

    /** All of them. */
    static List<Subject> all() {
        return Stream.of(
                        TensorFiles.subjects(),
                        AdapterFiles.subjects(),
                        ModelFiles.subjects(),
                        DataFiles.subjects(),
                        ImageFiles.subjects(),
                        TrainingFiles.subjects())
                .flatMap(List::stream)
                .toList();
    }

    static Subject named(String name) {
        return all().stream()
                .filter(subject -> subject.name.equals(name))
                .findFirst()
                .orElseThrow();
    }
}
