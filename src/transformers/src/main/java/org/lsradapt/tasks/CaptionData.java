package org.lsradapt.tasks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.lsradapt.tasks.internal.files.DataRow;

/**
 * Images of one's own with captions, as {@link PairData} whose anchors are images' {@linkplain org.lsradapt.images.ImageSource#at
 * locations} and whose positives are captions. Images are decoded when they are read.
 *
 * <p>Read is a table (CSV, TSV or JSON lines) of paths, absolute or from its own folder on, and captions. Without a table to evaluate on, a
 * tenth of the pairs is held out, at random; pairs of an equal image or an equal caption stay together. What is evaluated on is
 * searched among itself, without training captions.
 */
public final class CaptionData extends DataBuilder<Path, CaptionData> {
    private String image = "image";
    private String caption = "caption";

    private CaptionData(Path table) {
        super(table, DataBuilder::file);
    }

    /** Images and captions of a table. */
    public static CaptionData from(Path table) {
        return new CaptionData(table);
    }

    /**
     * Images in files.
     *
     * @param train what is learned, some of which is held out to evaluate on
     */
    public static PairData of(List<CaptionedImage> train) {
        return searched(PairData.pairs(pairs(train))).build();
    }

    /**
     * Images in files.
     *
     * @param train what is learned
     * @param dev what is evaluated on
     */
    public static PairData of(List<CaptionedImage> train, List<CaptionedImage> dev) {
        return searched(PairData.pairs(pairs(train))).dev(pairs(dev)).build();
    }

    /**
     * Holds a part out of captions that have been read, to evaluate on.
     *
     * @param train locations of images as anchors, captions as positives
     * @param fraction how much, above 0 and below 1
     * @param seed decides which
     * @throws IllegalArgumentException if no pair can be held out
     */
    public static PairData holdOut(List<TextPair> train, double fraction, long seed) {
        return searched(PairData.pairs(train)).heldOut(fraction).seed(seed).build();
    }

    private static List<TextPair> pairs(List<CaptionedImage> images) {
        return images.stream()
                .map(one -> TextPair.of(one.image().toString(), one.caption()))
                .toList();
    }

    /** The captions that are evaluated on, and no others. */
    private static PairData.FromList searched(PairData.FromList pairs) {
        return pairs.corpusLimit(1);
    }

    /** The column of the paths; "image" by default. */
    public CaptionData image(String column) {
        image = column;
        return this;
    }

    /** The column of the captions; "caption" by default. In JSON lines it may be an array, each text of which makes a pair. */
    public CaptionData caption(String column) {
        caption = column;
        return this;
    }

    /**
     * Whether the table has a column of captions, and none of labels.
     *
     * @param label the column that labels would be in
     * @throws IllegalArgumentException if the extension tells no format
     * @throws IOException if the table cannot be read; the message names file and line
     */
    public boolean hasCaptions(String label) throws IOException {
        List<List<String>> columns =
                Rows.of(train(), Optional.empty(), List.of(), DataRow::columns).all();
        return columns.get(0).contains(caption) && !columns.get(0).contains(label);
    }

    /**
     * Reads the tables.
     *
     * @throws IllegalArgumentException if the settings contradict each other or an extension tells no format
     * @throws IOException if a table cannot be read, does not follow its format, or holds something unexpected, such as the path of no
     *     file, with file, line, what was found and what was expected; or if no pair can be held out
     */
    public PairData read() throws IOException {
        dev().ifPresent(path -> requireNoFraction(path.toString()));
        return make(
                this::read,
                (settings, pairs, given) -> searched(PairData.pairs(pairs.all()))
                        .heldOut(split().fraction())
                        .seed(split().seed())
                        .assemble(settings, pairs, given));
    }

    private Rows<TextPair> read(Path file) throws IOException {
        return Rows.flat(file, Optional.empty(), List.of(image, caption), row -> {
            String path = ImageData.path(file, row, image);
            return row.allFilled(caption).stream()
                    .map(text -> TextPair.of(path, text))
                    .toList();
        });
    }
}
