package org.lsradapt.data.files;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** The content of a gzip file. A file that grows beyond any text is refused before it fills the memory. */
final class Gunzipped extends FilterInputStream {
    /** Repetitive logs grow a hundredfold, gzip's maximum is about a thousandfold. */
    private static final int MOST_GROWTH = 200;

    private static final long ALWAYS_ALLOWED = 1L << 26;

    private final Counted compressed;
    private final String file;
    private long length;

    private Gunzipped(Counted compressed, GZIPInputStream in, String file) {
        super(in);
        this.compressed = compressed;
        this.file = file;
    }

    static Gunzipped of(InputStream in, String file) throws IOException {
        Counted compressed = new Counted(in);
        try {
            return new Gunzipped(compressed, new GZIPInputStream(compressed, 1 << 13), file);
        } catch (EOFException | ZipException e) {
            throw damaged(file, e);
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int count) throws IOException {
        int read;
        try {
            read = in.read(target, offset, count);
        } catch (EOFException | ZipException e) {
            throw damaged(file, e);
        }
        length += Math.max(read, 0);
        if (length > ALWAYS_ALLOWED && length > MOST_GROWTH * compressed.count) {
            throw new IOException(file + ": " + compressed.count + " bytes of gzip have become " + length
                    + ", expected at most " + MOST_GROWTH + " times as many; if they are a text, decompress it with"
                    + " gunzip");
        }
        return read;
    }

    private static IOException damaged(String file, IOException e) {
        return new IOException(
                file + ": its gzip data is "
                        + (e instanceof EOFException ? "cut off" : "damaged: " + e.getMessage())
                        + ", expected a complete file",
                e);
    }

    private static final class Counted extends FilterInputStream {
        private long count;

        Counted(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int read = in.read();
            count += read < 0 ? 0 : 1;
            return read;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int read = in.read(target, offset, length);
            count += Math.max(read, 0);
            return read;
        }
    }
}
