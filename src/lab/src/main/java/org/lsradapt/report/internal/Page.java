package org.lsradapt.report.internal;

import java.util.List;
import org.knowm.xchart.XYChart;
import org.lsradapt.report.MethodResult;

/** A page of a report in one format, to which content is added. Texts contain no markup and are shown literally. */
public interface Page {

    /** Adds a heading; the page's title has level 1. */
    void heading(int level, String text);

    /**
     * Adds a heading of level 2 above details that most readers skip. A format may hide the details until the reader asks
     * for them.
     */
    void details(String heading);

    void text(String paragraph);

    /** Adds a paragraph that begins with the word Warning. */
    void warning(String text);

    /** Adds sentences, each on a separate line. */
    void lines(List<String> sentences);

    /** Adds a list. */
    void points(List<String> points);

    /** Adds lines of code, verbatim. */
    void code(String lines);

    void table(TextTable table);

    /**
     * Adds line charts side by side.
     *
     * @param title a title for all of them
     * @param file the picture of all of them, relative to the page
     */
    void charts(String title, String file, List<XYChart> charts);

    /**
     * Adds confusion matrices.
     *
     * @param file the picture of all of them, relative to the page
     * @param classifiers results with predictions
     */
    void confusion(String file, List<MethodResult> classifiers);

    /**
     * Adds a picture.
     *
     * @param title the picture's title
     * @param file the picture, relative to the page
     * @param png its bytes
     */
    void picture(String title, String file, byte[] png);

    /** Returns the page so far. */
    String content();
}
