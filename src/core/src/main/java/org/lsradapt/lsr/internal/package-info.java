/**
 * Internals of the core and the packages above it: views of arrays and buffers
 * ({@link org.lsradapt.lsr.internal.Views}, {@link org.lsradapt.lsr.internal.Buffer}), threads
 * ({@link org.lsradapt.lsr.internal.Parallel}), BLAS on native memory ({@link org.lsradapt.lsr.internal.Blas}), results
 * rounded once ({@link org.lsradapt.lsr.internal.OnceRounded}), the check for an ND4J backend
 * ({@link org.lsradapt.lsr.internal.InstalledNd4j}), checks of arguments ({@link org.lsradapt.lsr.internal.Require}),
 * durations in words ({@link org.lsradapt.lsr.internal.Durations}), and an event of JDK Flight Recorder
 * ({@link org.lsradapt.lsr.internal.AdapterLoadEvent}, {@link org.lsradapt.lsr.internal.FlightEvents}).
 *
 * <p>Not for use outside of this library. Depends on ND4J (with the JavaCPP and OpenBLAS bindings of its CPU backend)
 * only.
 */
package org.lsradapt.lsr.internal;
