/**
 * Model cards: the {@code README.md} that Hugging Face's hub reads in a folder. YAML for the hub's search comes first,
 * then Markdown for people. A card contains facts that the writer of the files knows; it has no license, no metrics and
 * no local path.
 */
package org.lsradapt.models.internal.cards;
