[playlist]
File1=/m/a.mp3
Title1=X - A
Length1=61
File2=/m/b.mp3
Title2=B
Length2=-1
NumberOfEntries=2
Version=2
