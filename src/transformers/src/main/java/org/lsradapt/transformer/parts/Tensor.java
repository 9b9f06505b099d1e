package org.lsradapt.transformer.parts;

import java.util.List;
import java.util.Optional;

/**
 * A tensor of a base model.
 *
 * @param name its full name without the model's prefix
 * @param shape its shape in this library's orientation: the weight of a linear layer is [in, out]
 * @param linear whether it is the weight of a linear layer, which files of other libraries hold transposed
 * @param fileShape its shape in Hugging Face's files: [out, in] of a linear layer, [out, channels, height, width] of one
 *     that is a convolution there
 * @param fused the larger layer of which files have its outputs as a part, whose tensor of the same ending they have; empty
 *     where it is a tensor by itself. The file's shape is that of the part
 * @param group empty where the model needs it; else what may be missing as a whole, such as {@code pooler.dense}
 */
public record Tensor(
        String name,
        List<Long> shape,
        boolean linear,
        List<Long> fileShape,
        Optional<Fused> fused,
        Optional<String> group) {

    /** A tensor that files have in this shape, or transposed where it is a linear layer's. */
    public Tensor(String name, List<Long> shape, boolean linear, Optional<String> group) {
        this(name, shape, linear, linear ? List.of(shape.get(1), shape.get(0)) : shape, Optional.empty(), group);
    }

    /** This tensor as a part of a larger layer's. */
    Tensor within(Optional<Fused> larger) {
        return new Tensor(name, shape, linear, fileShape, larger, group);
    }

    /** The name of the tensor that files have it in, which is its own unless it is a part. */
    public String fileName() {
        return fused.map(larger -> larger.layer() + larger.joint() + name.substring(name.lastIndexOf('.') + 1))
                .orElse(name);
    }

    /**
     * The tensors of a linear layer that a model may lack.
     *
     * @param linear the layer
     * @param group what may be missing as a whole
     * @return weight and, where there is one, bias
     */
    public static List<Tensor> of(Linear linear, String group) {
        Tensor weight =
                new Tensor(linear.weight(), List.of((long) linear.in(), (long) linear.out()), true, Optional.of(group));
        Tensor bias = new Tensor(linear.biasName(), List.of((long) linear.out()), false, Optional.of(group));
        return linear.bias() ? List.of(weight, bias) : List.of(weight);
    }

    /** Whether a model may lack it. */
    public boolean isOptional() {
        return group.isPresent();
    }

    /** The shape as an array, new. */
    public long[] sizes() {
        return array(shape);
    }

    /** The shape in files as an array, new. */
    public long[] fileSizes() {
        return array(fileShape);
    }

    private static long[] array(List<Long> sizes) {
        return sizes.stream().mapToLong(Long::longValue).toArray();
    }
}
