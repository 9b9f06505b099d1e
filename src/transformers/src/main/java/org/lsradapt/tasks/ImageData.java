package org.lsradapt.tasks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.lsradapt.images.ImageSource;
import org.lsradapt.images.RecordFile;

/**
 * Labelled images of one's own, as {@link OwnData} whose examples have an image's {@linkplain ImageSource#at location} in
 * place of a text. They are decoded when they are read.
 *
 * <p>Read are a folder with a folder of pictures for each class, or such folders in {@code train} and {@code val},
 * {@code validation} or {@code test}; the folder of MNIST's four IDX files, and data sets of its form, or of CIFAR-10's binary files; and a
 * table (CSV, TSV or JSON lines) of paths, absolute or from its own folder on, and labels.
 */
public final class ImageData extends HoldingOut<ImageData> {
    /** The name of the task. */
    public static final String NAME = "images";

    private static final List<String> TRAIN = List.of("train", "training");
    private static final List<String> EVALUATION = List.of("val", "valid", "validation", "dev", "test");
    private static final List<String> PICTURES = List.of(".jpg", ".jpeg", ".png");
    private static final String IDX_TRAIN = "train";
    private static final String IDX_TEST = "t10k";
    private static final String CIFAR_NAMES = "batches.meta.txt";

    private final Path data;
    private Optional<Path> dev = Optional.empty();
    private String image = "image";
    private String label = "label";

    private ImageData(Path data) {
        this.data = data;
    }

    /** Images of a folder or table. */
    public static ImageData from(Path data) {
        return new ImageData(data);
    }

    /**
     * Images in files.
     *
     * @param train what is learned, some of which is held out to evaluate on
     */
    public static OwnData of(List<LabelledImage> train) {
        return OwnData.classification(labelled(train)).name(NAME).build();
    }

    /**
     * Images in files.
     *
     * @param train what is learned
     * @param dev what is evaluated on
     */
    public static OwnData of(List<LabelledImage> train, List<LabelledImage> dev) {
        return OwnData.classification(labelled(train))
                .name(NAME)
                .dev(labelled(dev))
                .build();
    }

    private static List<LabelledText> labelled(List<LabelledImage> images) {
        return images.stream()
                .map(one -> LabelledText.of(one.image().toString(), one.label()))
                .toList();
    }

    @Override
    ImageData self() {
        return this;
    }

    /** A folder of classes, or a table, to evaluate on. */
    public ImageData dev(Path folderOrTable) {
        dev = Optional.of(folderOrTable);
        return this;
    }

    /** Of a table, the column of the paths; "image" by default. */
    public ImageData image(String column) {
        image = column;
        return this;
    }

    /** Of a table, the column of the labels; "label" by default. */
    public ImageData label(String column) {
        label = column;
        return this;
    }

    /**
     * Finds the images.
     *
     * @throws IllegalArgumentException if the settings contradict each other
     * @throws IOException if a folder or file is missing, empty or malformed, or nothing can be held out; the message
     *     names it
     */
    public OwnData read() throws IOException {
        dev.ifPresent(path -> requireNoFraction(path.toString()));
        try {
            return find();
        } catch (IllegalArgumentException e) {
            throw new IOException(data + ": " + e.getMessage(), e);
        }
    }

    private OwnData find() throws IOException {
        List<LabelledText> train;
        Optional<List<LabelledText>> evaluation = Optional.empty();
        if (!Files.isDirectory(data)) {
            train = table(data);
        } else if (idx(IDX_TRAIN, "images-idx3-ubyte").isPresent()) {
            train = idx(IDX_TRAIN);
            evaluation = idx(IDX_TEST, "images-idx3-ubyte").isPresent() ? Optional.of(idx(IDX_TEST)) : evaluation;
        } else if (Files.exists(data.resolve("data_batch_1.bin"))) {
            train = cifar();
            Path test = data.resolve("test_batch.bin");
            evaluation = Files.exists(test) ? Optional.of(cifar(test, cifarNames())) : evaluation;
        } else {
            Optional<Path> part = folder(TRAIN);
            train = classes(part.orElse(data));
            Optional<Path> other = part.isPresent() ? folder(EVALUATION) : Optional.empty();
            if (other.isPresent()) {
                evaluation = Optional.of(classes(other.get()));
            }
        }
        if (dev.isPresent()) {
            evaluation = Optional.of(Files.isDirectory(dev.get()) ? classes(dev.get()) : table(dev.get()));
        }
        evaluation.ifPresent(rows -> requireNoFraction(rows.size() + " images to evaluate on"));
        OwnData.FromLists lists = OwnData.classification(train).name(NAME);
        return (evaluation.isPresent()
                        ? lists.dev(evaluation.get())
                        : lists.heldOut(fraction()).seed(seed()))
                .build();
    }

    private Optional<Path> folder(List<String> names) {
        return names.stream().map(data::resolve).filter(Files::isDirectory).findFirst();
    }

    /** The pictures of a folder of folders, in the order of their names. */
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
            // A class of pictures in another format, or in folders below, would be left out in silence.
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

    private List<LabelledText> table(Path file) throws IOException {
        Columns columns = new Columns(image, Optional.empty(), Optional.of(label));
        ImagePath paths = ImagePath.in(file, image);
        return DataFile.read(file, DataFormat.of(file), columns.names(), row -> {
            String label = columns.labelled(row).label();
            return LabelledText.of(paths.of(row).toString(), label);
        });
    }

    private Optional<Path> idx(String part, String kind) {
        return Stream.of(part + "-" + kind, part + "-" + kind + ".gz")
                .map(data::resolve)
                .filter(Files::isRegularFile)
                .findFirst();
    }

    private List<LabelledText> idx(String part) throws IOException {
        Path images = idx(part, "images-idx3-ubyte").orElseThrow();
        Path labels = idx(part, "labels-idx1-ubyte")
                .orElseThrow(() -> new IOException(data + ": has no " + part + "-labels-idx1-ubyte beside the images"));
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
        for (int batch = 1; Files.exists(data.resolve("data_batch_" + batch + ".bin")); batch++) {
            rows.addAll(cifar(data.resolve("data_batch_" + batch + ".bin"), names));
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
        Path file = data.resolve(CIFAR_NAMES);
        if (!Files.isRegularFile(file) || Files.size(file) > 1 << 16) {
            return List.of();
        }
        String names = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        return names.lines().map(String::strip).filter(name -> !name.isEmpty()).toList();
    }
}
