package org.lsradapt.tasks.images;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.lsradapt.data.DataBuilder;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.LabelledText;
import org.lsradapt.data.Rows;
import org.lsradapt.data.Table;
import org.lsradapt.data.files.DataRow;
import org.lsradapt.data.rules.Quoted;
import org.lsradapt.images.ImageSource;
import org.lsradapt.images.RecordFile;

/**
 * Custom labelled images, as {@link LabelledData} whose examples have an image {@linkplain ImageSource#at location} in place of a text.
 * Each image is decoded when its pixels are read.
 *
 * <p>The input is one of these: a folder with one folder of pictures per class, or such folders in {@code train} and {@code val},
 * {@code validation} or {@code test}; a folder with MNIST's four IDX files (or those of a data set in the same form), or with CIFAR-10's
 * binary files; or a table (CSV, TSV or JSON lines) of labels and image paths. A path is absolute or relative to the table's folder.
 */
public final class ImageData extends DataBuilder<Path, ImageData> {
    /** The name of the task. */
    public static final String NAME = "images";

    private static final List<String> TRAIN = List.of("train", "training");
    private static final List<String> EVALUATION = List.of("val", "valid", "validation", "dev", "test");
    private static final List<String> PICTURES = List.of(".jpg", ".jpeg", ".png");
    private static final String IDX_TRAIN = "train";
    private static final String IDX_TEST = "t10k";
    private static final String CIFAR_NAMES = "batches.meta.txt";

    private String image = "image";
    private String label = "label";

    private ImageData(Path data) {
        super(data, DataBuilder::file);
    }

    /** Reads images from a folder or a table. */
    public static ImageData of(Path data) {
        return new ImageData(data);
    }

    /** Builds data from image files, some of which are held out for evaluation. */
    public static LabelledData of(List<LabelledImage> train) {
        return LabelledData.classification(labelled(train)).name(NAME).read();
    }

    /** Builds data from image files, with evaluation data. */
    public static LabelledData of(List<LabelledImage> train, List<LabelledImage> dev) {
        return LabelledData.classification(labelled(train))
                .name(NAME)
                .dev(labelled(dev))
                .read();
    }

    private static List<LabelledText> labelled(List<LabelledImage> images) {
        return images.stream()
                .map(one -> LabelledText.of(one.image().toString(), one.label()))
                .toList();
    }

    /** Sets a table's column of image paths; "image" by default. */
    public ImageData image(String column) {
        image = column;
        return this;
    }

    /** Sets a table's column of labels; "label" by default. */
    public ImageData label(String column) {
        label = column;
        return this;
    }

    /**
     * Finds the images.
     *
     * @throws IllegalArgumentException if the settings contradict each other
     * @throws IOException if a folder or file is missing, empty or malformed, or no image can be held out; the message names the file
     */
    public LabelledData read() throws IOException {
        dev().ifPresent(path -> requireNoFraction(path.toString()));
        Rows<LabelledText> train;
        Optional<Rows<LabelledText>> evaluation = Optional.empty();
        Path data = train();
        if (!Files.isDirectory(data)) {
            train = table(data);
        } else if (idx(IDX_TRAIN, "images-idx3-ubyte").isPresent()) {
            train = rows(idx(IDX_TRAIN));
            evaluation = idx(IDX_TEST, "images-idx3-ubyte").isPresent() ? Optional.of(rows(idx(IDX_TEST))) : evaluation;
        } else if (Files.exists(data.resolve("data_batch_1.bin"))) {
            train = rows(cifar());
            Path test = data.resolve("test_batch.bin");
            evaluation = Files.exists(test) ? Optional.of(rows(cifar(test, cifarNames()))) : evaluation;
        } else {
            Optional<Path> part = folder(TRAIN);
            train = rows(classes(part.orElse(data)));
            Optional<Path> other = part.isPresent() ? folder(EVALUATION) : Optional.empty();
            if (other.isPresent()) {
                evaluation = Optional.of(rows(classes(other.get())));
            }
        }
        if (dev().isPresent()) {
            Path other = dev().get();
            evaluation = Optional.of(Files.isDirectory(other) ? rows(classes(other)) : table(other));
        }
        evaluation.ifPresent(rows -> requireNoFraction(rows.size() + " images to evaluate on"));
        return LabelledData.classification(train.all())
                .name(NAME)
                .heldOut(split().fraction())
                .seed(split().seed())
                .assemble(train, evaluation);
    }

    private Rows<LabelledText> rows(List<LabelledText> images) {
        return new Rows<>(train().toString(), images);
    }

    private Optional<Path> folder(List<String> names) {
        return names.stream().map(train()::resolve).filter(Files::isDirectory).findFirst();
    }

    private static List<LabelledText> classes(Path folder) throws IOException {
        List<LabelledText> images = new ArrayList<>();
        Optional<Path> without = Optional.empty();
        for (Path ofClass : entries(folder)) {
            if (!Files.isDirectory(ofClass)) {
                continue;
            }
            int before = images.size();
            for (Path file : entries(ofClass)) {
                String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
                if (PICTURES.stream().anyMatch(name::endsWith)) {
                    images.add(LabelledText.of(
                            file.toString(), ofClass.getFileName().toString()));
                }
            }
            if (images.size() == before && without.isEmpty()) {
                without = Optional.of(ofClass);
            }
        }
        if (images.isEmpty()) {
            throw new IOException(folder + ": has no folders with " + String.join(", ", PICTURES)
                    + " files in them, expected one for each class");
        }
        if (without.isPresent()) {
            // Pictures in another format or in deeper folders would otherwise be left out silently.
            throw new IOException(without.get() + ": has no " + String.join(", ", PICTURES)
                    + " files in it, expected some, as each folder beside it is a class");
        }
        return images;
    }

    private static List<Path> entries(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(entry -> !entry.getFileName().toString().startsWith("."))
                    .sorted()
                    .toList();
        }
    }

    private Rows<LabelledText> table(Path file) throws IOException {
        return Rows.of(
                Table.of(file),
                List.of(image, label),
                row -> LabelledText.of(path(file, row, image), row.filledLabel(label)));
    }

    /** The picture's path in a table row: absolute, or relative to the table's folder. The file has to exist. */
    static String path(Path table, DataRow row, String column) throws IOException {
        String text = row.text(column);
        Path path;
        try {
            path = table.toAbsolutePath().resolveSibling(text);
        } catch (InvalidPathException e) {
            throw row.failure(column, "is " + Quoted.value(text) + ", expected the path of a picture");
        }
        if (text.isBlank() || !Files.isRegularFile(path)) {
            throw row.failure(
                    column,
                    "is " + Quoted.value(text) + ", but there is no file " + Quoted.shortened(path.toString())
                            + ", expected the path of a picture, from the table's folder on");
        }
        return path.toString();
    }

    private Optional<Path> idx(String part, String kind) {
        return Stream.of(part + "-" + kind, part + "-" + kind + ".gz")
                .map(train()::resolve)
                .filter(Files::isRegularFile)
                .findFirst();
    }

    private List<LabelledText> idx(String part) throws IOException {
        Path images = idx(part, "images-idx3-ubyte").orElseThrow();
        Path labels = idx(part, "labels-idx1-ubyte")
                .orElseThrow(
                        () -> new IOException(train() + ": has no " + part + "-labels-idx1-ubyte beside the images"));
        int count = RecordFile.of(images).count();
        int[] classes = RecordFile.labels(labels);
        if (classes.length != count) {
            throw new IOException(labels + ": has " + classes.length + " labels for " + count + " images");
        }
        List<LabelledText> rows = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            rows.add(LabelledText.of(images + "#" + i, Integer.toString(classes[i])));
        }
        return rows;
    }

    private List<LabelledText> cifar() throws IOException {
        List<String> names = cifarNames();
        List<LabelledText> rows = new ArrayList<>();
        for (int batch = 1; Files.exists(train().resolve("data_batch_" + batch + ".bin")); batch++) {
            rows.addAll(cifar(train().resolve("data_batch_" + batch + ".bin"), names));
        }
        return rows;
    }

    private static List<LabelledText> cifar(Path file, List<String> names) throws IOException {
        RecordFile records = RecordFile.of(file);
        List<LabelledText> rows = new ArrayList<>(records.count());
        for (int i = 0; i < records.count(); i++) {
            int index = records.label(i);
            rows.add(
                    LabelledText.of(file + "#" + i, index < names.size() ? names.get(index) : Integer.toString(index)));
        }
        return rows;
    }

    private List<String> cifarNames() throws IOException {
        Path file = train().resolve(CIFAR_NAMES);
        if (!Files.isRegularFile(file) || Files.size(file) > 1 << 16) {
            return List.of();
        }
        String names = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        return names.lines().map(String::strip).filter(name -> !name.isEmpty()).toList();
    }
}
