package org.lsradapt.finetuning;

/**
 * A passage in the order that a reranker gives.
 *
 * @param index its place in the list that was given, from 0
 * @param text the passage
 * @param score how well it answers the query: the larger, the better
 */
public record RankedPassage(int index, String text, double score) {}
