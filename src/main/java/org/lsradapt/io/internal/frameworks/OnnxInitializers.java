package org.lsradapt.io.internal.frameworks;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lsradapt.artifacts.OptionalArtifact;
import org.lsradapt.io.TensorSource;
import org.lsradapt.io.internal.ArrayBytes;
import org.lsradapt.io.internal.StoredType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The initializers (weights) of an ONNX model and the nodes that use them; enough to find a layer's weight, not to
 * run the model. Tensors of type FLOAT can be read, whether stored as {@code raw_data} or {@code float_data}; others
 * are listed.
 */
public final class OnnxInitializers implements TensorSource {

    /**
     * A node of the graph, as {@code onnx.proto} has it.
     *
     * @param name may be empty
     * @param operator {@code op_type}, such as MatMul
     * @param inputs names of values, initializers among them; unmodifiable
     * @param outputs names of values; unmodifiable
     * @param integers the attributes that hold one integer, such as transB; unmodifiable
     */
    public record Node(
            String name, String operator, List<String> inputs, List<String> outputs, Map<String, Long> integers) {}

    private final String location;
    private final OnnxGraph graph;
    private volatile ByteBuffer model;

    private OnnxInitializers(String location, ByteBuffer model) throws IOException {
        this.location = location;
        this.model = model;
        this.graph = OnnxGraph.parse(location, model);
    }

    /**
     * Opens a model file by mapping it.
     *
     * @throws IOException if there is no such file, or it is no readable ONNX model
     */
    public static OnnxInitializers open(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException(file + ": there is no such file");
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (channel.size() > Integer.MAX_VALUE) {
                throw new IOException(file + ": " + channel.size() + " bytes long, an ONNX model ends at 2 GiB");
            }
            return of(file.toString(), channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()));
        }
    }

    /**
     * Reads a model of known length from a stream into native memory, which is held until {@link #close()}.
     *
     * @param location how messages name the model
     * @param length bytes of the model
     * @param in stands at the model's first byte; not closed
     * @throws IOException if the stream ends early or goes on, or holds no readable ONNX model
     */
    public static OnnxInitializers read(String location, int length, InputStream in) throws IOException {
        ByteBuffer model = ByteBuffer.allocateDirect(length);
        ReadableByteChannel channel = Channels.newChannel(in);
        while (model.hasRemaining()) {
            if (channel.read(model) < 0) {
                throw new EOFException(location + ": ended after " + model.position() + " of " + length + " bytes");
            }
        }
        if (in.read() >= 0) {
            throw new IOException(location + ": goes on after " + length + " bytes");
        }
        return of(location, model.flip());
    }

    /**
     * Uses a model in memory.
     *
     * @param location how messages name the model
     * @param model direct, the model between position and limit; kept, not copied
     * @throws IllegalArgumentException if the buffer is not direct
     * @throws IOException if it holds no readable ONNX model
     */
    public static OnnxInitializers of(String location, ByteBuffer model) throws IOException {
        OptionalArtifact.PROTOBUF.require();
        if (!model.isDirect()) {
            throw new IllegalArgumentException(location + ": expected a direct buffer");
        }
        return new OnnxInitializers(location, model.slice().order(ByteOrder.LITTLE_ENDIAN));
    }

    /** The nodes of the graph, in its order; unmodifiable. */
    public List<Node> nodes() {
        return graph.nodes();
    }

    @Override
    public String location() {
        return location;
    }

    @Override
    public Set<String> names() {
        return graph.tensors().keySet();
    }

    @Override
    public long[] shape(String name) {
        return tensor(name).shape().clone();
    }

    @Override
    public DataType dataType(String name) {
        return tensor(name).isFloat() ? DataType.FLOAT : DataType.UNKNOWN;
    }

    @Override
    public INDArray read(String name) throws IOException {
        OnnxGraph.Tensor tensor = tensor(name);
        ByteBuffer bytes = model;
        if (bytes == null) {
            throw new IllegalStateException(location + ": read of initializer '" + name + "' after close");
        }
        if (!tensor.isFloat()) {
            throw new IOException(location + ": initializer '" + name + "' has data_type " + tensor.dataType()
                    + ", only FLOAT (1) inside the file can be read");
        }
        ByteBuffer floats = tensor.floats();
        return ArrayBytes.read(
                StoredType.F32,
                tensor.shape(),
                floats == null ? ArrayBytes.sliced(bytes, tensor.offset()) : ArrayBytes.sliced(floats, 0));
    }

    private OnnxGraph.Tensor tensor(String name) {
        OnnxGraph.Tensor tensor = graph.tensors().get(name);
        if (tensor == null) {
            throw new IllegalArgumentException(location + ": there is no initializer '" + name + "'");
        }
        return tensor;
    }

    @Override
    public void close() {
        model = null;
    }
}
