package org.lsradapt.report.internal;

import java.util.List;
import org.knowm.xchart.XYChart;
import org.lsradapt.report.MethodResult;

/** A page of a report that is being written, in one format. Texts are shown as they are: they contain no markup. */
public interface Page {

    /** A heading; the page's title has level 1. */
    void heading(int level, String text);

    /** A heading of level 2 above details that most readers pass over: a format may show them on request only. */
    void details(String heading);

    /** A paragraph. */
    void text(String paragraph);

    /** A paragraph that begins with the word Warning. */
    void warning(String text);

    /** Sentences, each on a line of its own. */
    void lines(List<String> sentences);

    /** A list of points. */
    void points(List<String> points);

    /** Lines of code, as they stand. */
    void code(String lines);

    /** A table. */
    void table(TextTable table);

    /**
     * Line charts beside each other.
     *
     * @param title what they show
     * @param file the picture of all of them, relative to the page
     */
    void charts(String title, String file, List<XYChart> charts);

    /**
     * Confusion matrices.
     *
     * @param file the picture of all of them, relative to the page
     * @param classifiers results with predictions
     */
    void confusion(String file, List<MethodResult> classifiers);

    /**
     * A picture.
     *
     * @param title what it shows
     * @param file the picture, relative to the page
     * @param png its bytes
     */
    void picture(String title, String file, byte[] png);

    /** The page so far. */
    String content();
}
