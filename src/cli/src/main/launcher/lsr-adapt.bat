@echo off
rem Runs the command line. JAVA_HOME or the path has Java; JAVA_OPTS, such as -Xmx8g, goes to it. Where JAVA_HOME's Java has
rem jdk.incubator.vector, products of single rows are computed with vector instructions; LSR_ADAPT_VECTORS=off does without.
setlocal
set "java=java"
if defined JAVA_HOME set "java=%JAVA_HOME%\bin\java"
set "vectors="
if not "%LSR_ADAPT_VECTORS%"=="off" if defined JAVA_HOME findstr /c:"jdk.incubator.vector" "%JAVA_HOME%\release" >nul 2>nul && set "vectors=--add-modules=jdk.incubator.vector"
"%java%" --enable-native-access=ALL-UNNAMED %vectors% %JAVA_OPTS% -jar "%~dp0..\lsr-adapt.jar" %*
exit /b %ERRORLEVEL%
