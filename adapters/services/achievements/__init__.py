"""achievements: documents and results for those who admit students (sasniegumi augstskolu uzņemšanai)."""
