package org.lsradapt.artifacts;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.jar.JarFile;

/** Defines the library and its tests anew and sees everything else that the tests see but one artifact. */
final class HidingClassLoader extends URLClassLoader {

    private final JarFile hidden;

    private HidingClassLoader(URL[] own, JarFile hidden) {
        super(own, HidingClassLoader.class.getClassLoader());
        this.hidden = hidden;
    }

    static HidingClassLoader without(OptionalArtifact artifact) throws IOException {
        String[] coordinates = artifact.coordinates().split(":");
        String file = coordinates[1] + "-" + coordinates[2] + ".jar";
        for (String entry : System.getProperty("java.class.path").split(System.getProperty("path.separator"))) {
            if (Path.of(entry).getFileName().toString().equals(file)) {
                URL[] own = {
                    OptionalArtifact.class.getProtectionDomain().getCodeSource().getLocation(),
                    HidingClassLoader.class.getProtectionDomain().getCodeSource().getLocation()
                };
                return new HidingClassLoader(own, new JarFile(entry));
            }
        }
        throw new IOException(file + " is not on the class path");
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            if (name.startsWith("org.lsradapt.")) {
                Class<?> loaded = findLoadedClass(name);
                return loaded != null ? loaded : findClass(name);
            }
            if (hidden.getEntry(name.replace('.', '/') + ".class") != null) {
                throw new ClassNotFoundException(name);
            }
            return super.loadClass(name, resolve);
        }
    }

    @Override
    public URL getResource(String name) {
        return hidden.getEntry(name) != null ? null : super.getResource(name);
    }

    @Override
    public void close() throws IOException {
        super.close();
        hidden.close();
    }
}
