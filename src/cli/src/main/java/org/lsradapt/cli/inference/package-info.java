/**
 * Commands that compute answers with a model: {@code predict}, {@code zero-shot}, {@code generate}, {@code embed},
 * {@code search}, {@code rerank}, {@code mine-negatives} and {@code tokenize}, and how they read texts and print answers.
 *
 * <p>Not API; only for this program.
 */
package org.lsradapt.cli.inference;
