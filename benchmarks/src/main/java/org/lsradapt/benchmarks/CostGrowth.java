package org.lsradapt.benchmarks;

/** To be filled. */
final class CostGrowth {
    private CostGrowth() {}
    static void main(String[] args) {}
}
