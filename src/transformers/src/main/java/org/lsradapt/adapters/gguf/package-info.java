/** Writes adapters for llama.cpp and what is built on it. Knows {@code adapters} and {@code models}. */
package org.lsradapt.adapters.gguf;
