@echo off
rem Runs the command line. JAVA_HOME or the path has Java; JAVA_OPTS, such as -Xmx8g, goes to it.
setlocal
set "java=java"
if defined JAVA_HOME set "java=%JAVA_HOME%\bin\java"
"%java%" --enable-native-access=ALL-UNNAMED %JAVA_OPTS% -jar "%~dp0..\lsr-adapt.jar" %*
exit /b %ERRORLEVEL%
