-- So that the SDK can see which branches changed nothing, and spare their preparing (VOW-5139).
GRANT PROCESS ON *.* TO 'shop'@'%';
