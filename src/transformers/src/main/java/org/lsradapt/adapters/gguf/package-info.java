/** Writes adapters for llama.cpp and tools built on it. Depends on {@code adapters} and {@code models}. */
package org.lsradapt.adapters.gguf;
