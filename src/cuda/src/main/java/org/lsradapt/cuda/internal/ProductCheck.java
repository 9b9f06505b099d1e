package org.lsradapt.cuda.internal;

import java.util.ArrayList;
import java.util.List;

/** Each form of product in use, on random shapes, against the definition. */
final class ProductCheck {
    private static final double[] BETAS = {0, 1, 0.5};

    private final Bench bench;
    private final Products products;

    ProductCheck(Bench bench, Products products) {
        this.bench = bench;
        this.products = products;
    }

    List<Finding> run() {
        List<Finding> findings = new ArrayList<>();
        for (Product.Type type : Product.Type.values()) {
            for (int transposed = 0; transposed < 4; transposed++) {
                Finding all = null;
                for (double beta : BETAS) {
                    bench.clear();
                    Finding one = one(type, (transposed & 1) != 0, (transposed & 2) != 0, beta);
                    all = all == null ? one : all.and(one);
                }
                findings.add(all);
            }
        }
        return findings;
    }

    private Finding one(Product.Type type, boolean transposeA, boolean transposeB, double beta) {
        // BF16 is multiplied eight numbers at a time, and cuBLASLt wants rows to begin at multiples of 16 bytes.
        int unit = type.operandBytes() == 2 ? 8 : 1;
        int m = unit * bench.odd(3, 5, 17);
        int n = unit * bench.odd(1, 7, 13);
        int k = unit * bench.odd(1, 5, 19);
        Product product = Product.of(type, m, n, k, transposeA, transposeB, 1.5, beta);
        ElementType operand = switch (type) {
            case F32, TF32 -> ElementType.F32;
            case F64 -> ElementType.F64;
            case BF16, BF16_TO_F32 -> ElementType.BF16;
        };
        ElementType result = type == Product.Type.BF16_TO_F32 ? ElementType.F32 : operand;
        double[] a = bench.normal(operand, (long) m * k);
        double[] b = bench.normal(operand, (long) k * n);
        double[] c = bench.normal(result, (long) m * n);
        double[] expected = new double[m * n];
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int x = 0; x < k; x++) {
                    sum += a[transposeA ? x * m + i : i * k + x] * b[transposeB ? j * k + x : x * n + j];
                }
                expected[i * n + j] = 1.5 * sum + beta * c[i * n + j];
            }
        }
        double[][] results = new double[2][];
        for (int run = 0; run < 2; run++) {
            long out = beta == 0 ? bench.poisoned(result, (long) m * n) : bench.up(result, c);
            products.multiply(product, bench.up(operand, a), bench.up(operand, b), out);
            results[run] = bench.down(result, out, (long) m * n);
        }
        return Finding.of(name(product), tolerance(type), expected, results[0], results[1]);
    }

    private static String name(Product product) {
        return "product " + product.type() + " " + (product.transposeA() ? "Aᵀ" : "A") + "·"
                + (product.transposeB() ? "Bᵀ" : "B");
    }

    private static double tolerance(Product.Type type) {
        return switch (type) {
            case F64 -> 1e-12;
            case F32, BF16_TO_F32 -> 1e-5;
            case TF32 -> 1e-3;
            case BF16 -> 1e-2;
        };
    }
}
