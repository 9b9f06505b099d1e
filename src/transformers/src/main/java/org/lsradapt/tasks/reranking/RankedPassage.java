package org.lsradapt.tasks.reranking;

/**
 * A passage in the order of a reranker.
 *
 * @param index its place in the list that was given, from 0
 * @param score how well it answers the query; larger is better
 */
public record RankedPassage(int index, String text, double score) {}
