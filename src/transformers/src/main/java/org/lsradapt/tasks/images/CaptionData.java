package org.lsradapt.tasks.images;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.lsradapt.data.DataBuilder;
import org.lsradapt.data.Rows;
import org.lsradapt.data.Table;
import org.lsradapt.data.TextPair;
import org.lsradapt.data.files.DataRow;
import org.lsradapt.retrieval.PairData;

/**
 * Custom images with captions, as {@link PairData} whose anchors are image {@linkplain org.lsradapt.images.ImageSource#at locations} and
 * whose positives are captions. Each image is decoded when its pixels are read.
 *
 * <p>The input is a table (CSV, TSV or JSON lines) of captions and image paths; a path is absolute or relative to the table's folder.
 * Without an evaluation table, a random tenth of the pairs is held out; pairs with an equal image or an equal caption stay together.
 * Evaluation searches the evaluation captions only, without training captions.
 */
public final class CaptionData extends DataBuilder<Path, CaptionData> {
    private String image = "image";
    private String caption = "caption";

    private CaptionData(Path table) {
        super(table, DataBuilder::file);
    }

    /** Reads images and captions from a table. */
    public static CaptionData of(Path table) {
        return new CaptionData(table);
    }

    /** Builds data from image files, some of which are held out for evaluation. */
    public static PairData of(List<CaptionedImage> train) {
        return searched(PairData.of(pairs(train))).read();
    }

    /** Builds data from image files, with evaluation data. */
    public static PairData of(List<CaptionedImage> train, List<CaptionedImage> dev) {
        return searched(PairData.of(pairs(train))).dev(pairs(dev)).read();
    }

    private static List<TextPair> pairs(List<CaptionedImage> images) {
        return images.stream()
                .map(one -> TextPair.of(one.image().toString(), one.caption()))
                .toList();
    }

    /** Limits the search to the evaluation captions. */
    private static PairData.FromList searched(PairData.FromList pairs) {
        return pairs.corpusLimit(1);
    }

    /** Sets the column of the image paths; "image" by default. */
    public CaptionData image(String column) {
        image = column;
        return this;
    }

    /** Sets the column of the captions; "caption" by default. In JSON lines it may be an array; each of its texts makes a pair. */
    public CaptionData caption(String column) {
        caption = column;
        return this;
    }

    /**
     * Whether the table has a column of captions and no column of labels.
     *
     * @param label the name of the label column
     * @throws IllegalArgumentException if the extension does not determine a format
     * @throws IOException if the table cannot be read; the message names file and line
     */
    public boolean hasCaptions(String label) throws IOException {
        List<List<String>> columns =
                Rows.of(Table.of(train()), List.of(), DataRow::columns).all();
        return columns.get(0).contains(caption) && !columns.get(0).contains(label);
    }

    /**
     * Reads the tables.
     *
     * @throws IllegalArgumentException if the settings contradict each other or an extension does not determine a format
     * @throws IOException if a table cannot be read, does not follow its format or has an unexpected value, such as the path of a missing
     *     file (the message names the file, the line, what was found and what was expected), or if no pair can be held out
     */
    public PairData read() throws IOException {
        return make(
                this::read,
                (pairs, given) -> searched(PairData.of(pairs.all()))
                        .heldOut(split().fraction())
                        .seed(split().seed())
                        .assemble(pairs, given));
    }

    private Rows<TextPair> read(Path file) throws IOException {
        return Rows.flat(Table.of(file), List.of(image, caption), row -> {
            String path = ImageData.path(file, row, image);
            return row.allFilled(caption).stream()
                    .map(text -> TextPair.of(path, text))
                    .toList();
        });
    }
}
