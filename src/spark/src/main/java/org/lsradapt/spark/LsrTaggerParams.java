package org.lsradapt.spark;

/** The columns that the tagger's estimator and model share. */
public interface LsrTaggerParams<S extends LsrTaggerParams<S>> extends LsrStage<S> {

    /** The column of the text, or of its words, array&lt;string&gt;; "text" by default. */
    default S setTextCol(String value) {
        return setParam("textCol", value);
    }

    /** The column of the spans of texts; "spans" by default. */
    default S setSpansCol(String value) {
        return setParam("spansCol", value);
    }

    /** The column of the tags of words, array&lt;string&gt;; "tags" by default. */
    default S setTagsCol(String value) {
        return setParam("tagsCol", value);
    }
}
