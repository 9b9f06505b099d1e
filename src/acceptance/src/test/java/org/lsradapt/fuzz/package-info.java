/**
 * Fuzzing of everything that reads files from outside; docs/background/reliability.md has how to run it and what it found.
 *
 * <p>A {@link org.lsradapt.fuzz.Subject} is a reader with valid small inputs. A program of bytes says what is changed in
 * one of them ({@link org.lsradapt.fuzz.Edits}), and a {@link org.lsradapt.fuzz.Trial} checks what reading the result does.
 * {@link org.lsradapt.fuzz.ReadersFuzzTest} runs a few random programs of a fixed seed in every build;
 * {@link org.lsradapt.fuzz.LongFuzz} has Jazzer make programs by the coverage that they reach.
 */
package org.lsradapt.fuzz;
