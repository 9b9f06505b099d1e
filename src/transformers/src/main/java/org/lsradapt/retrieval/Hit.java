package org.lsradapt.retrieval;

/**
 * A document that was found.
 *
 * @param document its row, from 0
 * @param score the dot product of its embedding and the query's
 */
public record Hit(int document, float score) {}
