package org.lsradapt.spark;

/** The columns that the reranker's estimator and model share. */
public interface LsrRerankerParams<S extends LsrRerankerParams<S>> extends LsrStage<S> {

    /** The column of the query; "query" by default. */
    default S setQueryCol(String value) {
        return setParam("queryCol", value);
    }

    /** The column of the passage; "passage" by default. */
    default S setPassageCol(String value) {
        return setParam("passageCol", value);
    }

    /** The column of the score, a double; "score" by default. */
    default S setScoreCol(String value) {
        return setParam("scoreCol", value);
    }
}
